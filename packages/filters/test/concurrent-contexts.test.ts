import { AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import { getLogger, Handler, type LogRecord, resetLogging, withContext } from "@cordwood/core";
import { JsonFormatter } from "@cordwood/formatters";
import { afterEach, expect, test } from "vitest";

afterEach(() => resetLogging());

const CONTEXTS = 100_000;

test(`${CONTEXTS.toLocaleString("en")} contexts that are open at once keep their fields apart, in records and in lines`, {
  timeout: 120_000,
}, async () => {
  const formatter = new JsonFormatter();
  const times = new Uint8Array(CONTEXTS);
  const wrong: string[] = [];
  let open = 0;
  let most = 0;
  class Check extends Handler {
    protected override emit(record: LogRecord): void {
      const { task, of } = record.fields as { task: number; of: string };
      times[task] = (times[task] as number) + 1;
      const line = JSON.parse(formatter.format(record)) as Record<string, unknown>;
      const { id, nested } = record.context as { id: number; nested?: string };
      if (id !== task || line["id"] !== task || line["nested"] !== nested || (nested !== undefined) !== (of === "nested"))
        wrong.push(JSON.stringify(line));
    }
  }
  const logger = getLogger("app");
  logger.addHandler(new Check());
  const shared = new EventEmitter().setMaxListeners(0);
  const task = (id: number): Promise<void> =>
    withContext({ id }, async () => {
      most = Math.max(most, ++open);
      const log = (of: string): void => logger.error("step", { task: id, of });
      log("begin");
      // An emitter of everybody's: its listener runs in the context of who emits, unless it is bound to its own.
      if (id % 100 === 0)
        shared.once(
          "all",
          AsyncResource.bind(() => log("event")),
        );
      await (id % 3 === 0 ? sleep(id % 50) : immediate());
      log("after a wait");
      await withContext({ nested: `n${id}` }, async () => {
        await Promise.resolve();
        log("nested");
      });
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
      process.nextTick(() => log("tick"));
      queueMicrotask(() => log("microtask"));
      await immediate();
      open--;
    });
  await Promise.all(Array.from({ length: CONTEXTS }, (_, id) => task(id)));
  withContext({ id: -1 }, () => shared.emit("all"));
  expect(wrong).toEqual([]);
  expect(most).toBe(CONTEXTS);
  expect(times.every((count, id) => count === (id % 100 === 0 ? 6 : 5))).toBe(true);
});
