/** A queue over ZeroMQ sockets, for `QueueHandler` and `QueueListener`. Needs the package `zeromq`. @packageDocumentation */

export type { BrokerOptions } from "./brokers/broker-queue.js";
export { recordFromJson, recordJson } from "./brokers/record-json.js";
export { ZeroMqQueue, type ZeroMqQueueOptions } from "./brokers/zeromq-queue.js";
