import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { getContext, getLogger, resetLogging, setLevelDecider, withContext } from "@cordwood/core";
import { contextFilter, FingersCrossedHandler } from "@cordwood/filters";
import { afterEach, expect, test } from "vitest";
import { Kept } from "./fixture.js";

afterEach(() => resetLogging());

/** Begins its work with the context it was handed, as every job for another thread has to. */
const WORKER = `
import { parentPort, workerData } from "node:worker_threads";
import { getLogger, Handler, withContext } from ${JSON.stringify(import.meta.resolve("@cordwood/core"))};
class Send extends Handler { emit(record) { parentPort.postMessage({ message: record.message, context: record.context, thread: record.threadName }); } }
getLogger().addHandler(new Send());
await withContext(workerData.context, async () => {
  await null;
  getLogger("worker").warning("in the worker");
});
`;

test("a request's context goes along through awaits, timers, emitters and, handed over, into a worker", async () => {
  const target = new Kept();
  const logger = getLogger("app");
  logger.setLevel("DEBUG");
  logger.addHandler(new FingersCrossedHandler(target));
  const emitter = new EventEmitter();
  const fromWorker = await withContext({ requestId: "r1" }, async () => {
    logger.debug("begin");
    await sleep(1);
    logger.debug("after a wait");
    emitter.once("done", () => logger.debug("on an event"));
    await new Promise<void>((resolve) =>
      setTimeout(() => {
        emitter.emit("done");
        logger.debug("in a timer");
        resolve();
      }, 1),
    );
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`), { workerData: { context: getContext() } });
    const [message] = (await once(worker, "message")) as [{ message: string; context: object; thread: string }];
    await worker.terminate();
    logger.error("failed");
    return message;
  });
  expect(target.messages).toEqual(["begin", "after a wait", "on an event", "in a timer", "failed"]);
  expect(target.records.every((record) => (record.context as { requestId: string }).requestId === "r1")).toBe(true);
  expect(fromWorker).toMatchObject({ message: "in the worker", context: { requestId: "r1" } });
  expect(fromWorker.thread).not.toBe("MainThread");
});

test("a rule for one context costs calls outside of any nothing but a look", () => {
  setLevelDecider(contextFilter([{ when: { user: "anna" }, level: "DEBUG" }]));
  const logger = getLogger("app");
  logger.setLevel("INFO");
  let asked = 0;
  for (let i = 0; i < 1_000; i++) logger.debug(() => `made ${++asked}`);
  expect(asked).toBe(0);
});
