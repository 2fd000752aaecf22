/** A queue in a NATS JetStream stream, for `QueueHandler` and `QueueListener`. Needs `@nats-io/transport-node` and `@nats-io/jetstream`. @packageDocumentation */

export type { BrokerOptions } from "./brokers/broker-queue.js";
export { NatsQueue, type NatsQueueOptions } from "./brokers/nats-queue.js";
export { recordFromJson, recordJson } from "./brokers/record-json.js";
