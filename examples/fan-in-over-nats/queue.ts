// The queue that producers and consumers share.
import { NatsQueue } from "@cordwood/handlers-queue/nats";

export const openQueue = (): NatsQueue => new NatsQueue({ stream: process.env["QUEUE"] ?? "" });
