/** A queue in a Redis stream, for `QueueHandler` and `QueueListener`. Needs the package `redis`. @packageDocumentation */

export type { BrokerOptions } from "./brokers/broker-queue.js";
export { recordFromJson, recordJson } from "./brokers/record-json.js";
export { RedisQueue, type RedisQueueOptions } from "./brokers/redis-queue.js";
