// Handlers of worker threads that take finished lines. What they do is told by the environment, which a worker copies when it starts.
import { appendFileSync } from "node:fs";
import { JsonFormatter } from "@cordwood/formatters";
import { FileHandler, RotatingFileHandler } from "@cordwood/handlers-file";

const out = process.env.QUEUE_TEST_OUT;

export default () => new FileHandler(out, { buffering: { flushLevel: "CRITICAL" } });

export const rotating = () => new RotatingFileHandler(out, { maxBytes: 100_000, backupCount: 1_000 });

/** One file for everything, one for warnings. */
export const two = () => [new FileHandler(out), new FileHandler(`${out}.warnings`, { level: "WARNING" })];

/** Not only lines: the second one needs the whole record. */
export const mixed = () => {
  const json = new FileHandler(`${out}.json`);
  json.setFormatter(new JsonFormatter({ preset: "pino", omit: ["time", "pid", "hostname"] }));
  return [new FileHandler(out), json];
};

/** Takes lines until it has had the first few; then it has a formatter and needs records. */
export const changing = () => {
  const handler = new FileHandler(out);
  const { handleLines } = handler;
  handler.handleLines = (lines) => {
    handleLines.call(handler, lines);
    handler.setFormatter({ format: (record) => `${record.name} ${record.levelname} ${record.getMessage()}` });
  };
  return handler;
};

/** Dies of lines that say so, in the middle of what it is given with them. */
export const mortal = () => ({
  level: 0,
  takesLines: true,
  handle() {
    throw new Error("only lines were expected");
  },
  handleLines(lines) {
    for (let i = 0; i < lines.count; i++) {
      const text = lines.text(i);
      if (text.includes("die always")) process.exit(3);
      if (text.includes("die once") && lines.record(i).fields?.redelivered === undefined) process.exit(3);
      appendFileSync(out, `${text}\n`);
    }
  },
  flush() {},
  close() {},
});

/** Takes ten times as long for a line as the caller. */
export const dawdling = () => {
  const file = new FileHandler(out);
  const { handleLines } = file;
  file.handleLines = (lines) => {
    handleLines.call(file, lines);
    for (const until = process.hrtime.bigint() + 30_000n * BigInt(lines.count); process.hrtime.bigint() < until; );
  };
  return file;
};
