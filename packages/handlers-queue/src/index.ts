/** Queues for log records: in process, to a worker thread, between processes. @packageDocumentation */
export { attachWorkerQueue } from "./attach-worker-queue.js";
export { BufferingHandler, type BufferingHandlerOptions } from "./buffering-handler.js";
export { type QueueCase, type QueueConformanceOptions, queueConformance } from "./conformance.js";
export type { FinishedLines, LineTaker } from "./finished-lines.js";
export { LogQueue, type LogQueueOptions } from "./log-queue.js";
export { MemoryHandler, type MemoryHandlerOptions } from "./memory-handler.js";
export { type MergeByTimeOptions, mergeByTime, type TimedSource } from "./merge-by-time.js";
export { type PrepareOptions, prepareRecord } from "./prepare.js";
export { ProcessQueue, type ProcessQueueOptions } from "./process-queue.js";
export {
  type Consumer,
  type Delivery,
  deliveryOf,
  type Outcome,
  type ReceivingEnd,
  type RecordOwner,
  type RecordQueue,
  type SendingEnd,
} from "./queue.js";
export { QueueHandler, type QueueHandlerOptions } from "./queue-handler.js";
export { QueueListener, type QueueListenerOptions } from "./queue-listener.js";
export type { CapacityOptions, WhenFull } from "./when-full.js";
export type { HandlerSource } from "./worker/handler-source.js";
export { WorkerQueue, type WorkerQueueOptions, type WorkerQueueShare } from "./worker-queue.js";
