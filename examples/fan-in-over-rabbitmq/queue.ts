// The queue that producers and consumers share.
import { AmqpQueue } from "@cordwood/handlers-queue/amqp";

export const openQueue = (): AmqpQueue => new AmqpQueue({ queue: process.env["QUEUE"] ?? "" });
