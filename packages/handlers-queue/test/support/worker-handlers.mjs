// Handlers for worker threads under test. What they do is told by the environment, which a worker copies when it starts.
import { appendFileSync, openSync, writeSync } from "node:fs";

const out = process.env.QUEUE_TEST_OUT;

/** One line per record: `redelivered` or `-`, thread name, message. */
export default () => {
  const file = openSync(out, "a");
  let text = "";
  return {
    level: 0,
    handle(record) {
      text += `${record.extra.redelivered ?? "-"} ${record.threadName} ${record.getMessage()}\n`;
      if (text.length > 65536) this.flush();
    },
    flush() {
      if (text !== "") writeSync(file, text);
      text = "";
    },
    close() {
      this.flush();
    },
  };
};

/** Writes each record at once, and dies of the ones that say so. */
export const mortal = () => ({
  level: 0,
  handle(record) {
    const message = record.getMessage();
    if (message === "die always") process.exit(3);
    if (message.startsWith("die once") && record.extra.redelivered === undefined) process.exit(3);
    if (message.startsWith("throw once") && record.extra.redelivered === undefined) throw new Error("thrown in a worker on purpose");
    appendFileSync(out, `${record.extra.redelivered ?? "-"} ${record.threadName} ${message}\n`);
  },
  flush() {},
  close() {},
});

/** As `mortal`, and says at which microsecond of the machine it died. */
export const clocked = () => ({
  level: 0,
  handle(record) {
    const message = record.getMessage();
    const again = record.extra.redelivered !== undefined;
    const dying = () => appendFileSync(out, `died ${process.hrtime.bigint() / 1000n}\n`);
    if (!again && message.startsWith("die once")) {
      dying();
      process.exit(3);
    }
    if (!again && message.startsWith("throw once")) {
      dying();
      throw new Error("thrown in a worker on purpose");
    }
  },
  flush() {},
  close() {},
});

/** Takes ten times as long for a record as the caller. */
export const dawdling = () => {
  const file = openSync(out, "a");
  return {
    level: 0,
    handle(record) {
      writeSync(file, `${record.getMessage()}\n`);
      for (const until = process.hrtime.bigint() + 30_000n; process.hrtime.bigint() < until; );
    },
    flush() {},
    close() {},
  };
};

/** Hangs for ever at the first record that says so. */
export const hanging = () => ({
  level: 0,
  handle(record) {
    if (record.getMessage() === "hang") for (;;);
    appendFileSync(out, `${record.getMessage()}\n`);
  },
  flush() {},
  close() {},
});

/** A handler that needs a second for each batch. */
export const slow = () => {
  let text = "";
  return {
    level: 0,
    handle(record) {
      text += `${record.getMessage()}\n`;
    },
    async flush() {
      await new Promise((resolve) => setTimeout(resolve, 300));
      appendFileSync(out, text);
      text = "";
    },
    close() {},
  };
};

/** Sends what it gets to whoever listens to the channel of that name. */
export const broadcasting = () => {
  const channel = new BroadcastChannel(process.env.QUEUE_TEST_CHANNEL);
  channel.unref();
  return {
    level: 0,
    handle(record) {
      channel.postMessage(JSON.stringify(record));
    },
    flush() {},
    close() {
      channel.close();
    },
  };
};

/** A wrong module: it gives no handlers. */
export const nothing = () => undefined;
