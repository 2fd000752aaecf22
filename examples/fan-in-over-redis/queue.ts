// The queue that producers and consumers share.
import { RedisQueue } from "@cordwood/handlers-queue/redis";

export const openQueue = (): RedisQueue => new RedisQueue({ stream: process.env["QUEUE"] ?? "", claimIdleMs: 2_000 });
