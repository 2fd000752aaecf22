// The handlers of a worker thread under measurement: one file, lines as pino writes them.
import { JsonFormatter } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";

export default () => {
  const handler = new FileHandler(process.env.BENCH_FILE, { buffering: { flushLevel: "CRITICAL" } });
  handler.setFormatter(new JsonFormatter({ preset: "pino" }));
  return handler;
};
