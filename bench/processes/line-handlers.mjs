// The handlers of a worker thread that is given finished lines: one file, and nothing to format.
import { FileHandler } from "@cordwood/handlers-file";

export default () => new FileHandler(process.env.BENCH_FILE, { buffering: { flushLevel: "CRITICAL" } });
