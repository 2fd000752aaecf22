import { LoggingError, reportError, setThreadName } from "@cordwood/core";
import { loadHandlers, type PlainSource } from "./handler-source.js";
import { type ListenOptions, RingListener } from "./listen.js";
import type { RingMemory } from "./ring.js";
import { writeDirectly } from "./standard-streams.js";

/** What a worker thread is given at its start. */
export interface WorkerInput extends ListenOptions {
  readonly source: PlainSource;
  readonly threadName: string;
}

/** What a worker thread tells: that its handlers are there, that they cannot be had, that it has closed. */
export type WorkerMessage =
  | { readonly kind: "ready" | "closed" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** What a worker thread is told later. */
export type WorkerOrder = { readonly kind: "ring"; readonly ring: RingMemory } | { readonly kind: "close" };

const node = <T>(name: string): T => process.getBuiltinModule(name as "node:module") as T;

/** The life of a worker thread: load the handlers, listen until told to close. */
export async function runWorker(): Promise<void> {
  const { parentPort, workerData } = node<typeof import("node:worker_threads")>("node:worker_threads");
  const input = workerData as WorkerInput;
  const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);
  const orders: WorkerOrder[] = [];
  let listener: RingListener | undefined;
  const obey = (order: WorkerOrder): void => {
    if (listener === undefined) orders.push(order);
    else if (order.kind === "ring") listener.addRing(order.ring);
    else listener.close();
  };
  parentPort?.on("message", obey);
  setThreadName(input.threadName);
  writeDirectly(node("node:fs"));
  try {
    const { createRequire } = node<typeof import("node:module")>("node:module");
    const { pathToFileURL } = node<typeof import("node:url")>("node:url");
    const handlers = await loadHandlers(input.source, { createRequire, pathToFileURL });
    listener = new RingListener(handlers, input);
  } catch (error) {
    const known = error instanceof Error ? error : new LoggingError("HANDLER_INVALID", String(error));
    tell({ kind: "failed", code: (known as Partial<LoggingError>).code ?? "HANDLER_INVALID", message: known.message });
    reportError({ cause: "handlers of a WorkerQueue", message: "the handlers of a WorkerQueue could not be loaded", error });
    parentPort?.off("message", obey);
    return;
  }
  for (const order of orders) obey(order);
  tell({ kind: "ready" });
  await listener.run();
  tell({ kind: "closed" });
  // Timers and sockets of handlers have been closed with them; what is left must not keep the thread.
  process.exit(0);
}
