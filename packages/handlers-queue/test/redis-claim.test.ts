import { makeLogRecord, resetLogging } from "@cordwood/core";
import { QueueHandler } from "@cordwood/handlers-queue";
import { RedisQueue } from "@cordwood/handlers-queue/redis";
import { missingService } from "@cordwood/test-kit";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const URL = "redis://127.0.0.1:6379";
const name = `cordwood-claim-${process.pid}-${Date.now().toString(36)}`;
const missing = await missingService("redis");

describe.skipIf(missing)(`a Redis consumer${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const client = createClient({ url: URL });
  beforeEach(async () => {
    resetLogging();
    await client.connect();
  });
  afterEach(async () => {
    await client.del(name);
    await client.close();
  });

  test("takes over from one that is gone no more than it has room for: of the rest no try is counted", async () => {
    const consumer = (own: string, prefetch: number) =>
      new RedisQueue({ url: URL, stream: name, consumer: own, prefetch, claimIdleMs: 100 });
    const gone = consumer("gone", 20);
    const handler = new QueueHandler(gone);
    for (let i = 0; i < 20; i++) handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `${i}` }));
    await handler.flush();
    for (let i = 0; i < 20; i++) await gone.take();
    await gone.close();
    const heir = consumer("heir", 2);
    const taken = [await heir.take(), await heir.take()];
    // Longer than the records lie before they are taken over.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const pending = await client.xPendingRange(name, "cordwood", "-", "+", 100);
    await heir.close();
    expect(taken.map((record) => record?.message)).toEqual(["0", "1"]);
    expect(pending.filter((entry) => entry?.consumer === "heir").length).toBe(2);
    expect(pending.filter((entry) => entry?.deliveriesCounter === 1).length).toBe(18);
  });
});
