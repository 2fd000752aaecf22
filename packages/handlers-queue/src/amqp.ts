/** A durable queue of RabbitMQ, for `QueueHandler` and `QueueListener`. Needs the package `amqplib`. @packageDocumentation */

export { AmqpQueue, type AmqpQueueOptions } from "./brokers/amqp-queue.js";
export type { BrokerOptions } from "./brokers/broker-queue.js";
export { recordFromJson, recordJson } from "./brokers/record-json.js";
