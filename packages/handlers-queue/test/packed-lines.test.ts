import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";
import {
  type Consumer,
  type FinishedLines,
  LogQueue,
  type Outcome,
  QueueHandler,
  QueueListener,
  type WhenFull,
} from "@cordwood/handlers-queue";
import { temporaryFolder } from "@cordwood/test-kit";
import { beforeEach, describe, expect, test, vi } from "vitest";

const formatter = { format: (record: LogRecord) => record.message };
const record = (msg: string, levelno = 20, name = "a") => makeLogRecord({ name, levelno, msg });
const textsOf = (lines: FinishedLines): string[] => Array.from({ length: lines.count }, (_, i) => lines.text(i));
const take = (queue: LogQueue): LogRecord => queue.take() as LogRecord;

/** Numbers that look random and are the same each time. */
const numbers = (seed: number) => (below: number) => {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
  return (seed >> 8) % below;
};

const owner = () => {
  const counts = { delivered: 0, dropped: 0, failed: 0 };
  return { counts, settled: (outcome: Outcome, _reason: string, count: number) => void (counts[outcome] += count) };
};

/** A line of each kind that is easily spoilt on its way through bytes. */
const ODD = ["plain", "größer 日本 😀", "\ufeffmark", "two\nlines\r\n", "", "\x1b[1m\x00\u2028", "\ufeff"];

describe("lines that wait in large numbers", () => {
  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
  });

  for (const whenFull of ["drop-newest", "inline", "block", "drop-oldest", { dropBelow: "WARNING" }] as WhenFull[]) {
    test(`come out in order, each once and counted for whom it belongs to, with ${JSON.stringify(whenFull)}`, () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const random = numbers(7);
      const queue = new LogQueue({ capacity: 2_000, maxBytes: 1e9, whenFull });
      const seen: number[] = [];
      /** What has to come out next, by the description of the policy. */
      const waiting: { readonly id: number; readonly level: number }[] = [];
      const expected: number[] = [];
      const inline: number[] = [];
      const note = (text: string): void => {
        seen.push(Number(text.split(" ")[0]));
        expected.push(waiting.shift()?.id as number);
      };
      const makeRoom = (level: number): void => {
        while (waiting.length >= (level >= 30 ? 2_000 : 1_800)) {
          const at = whenFull === "drop-oldest" ? 0 : waiting.findIndex((each) => each.level < 30);
          waiting.splice(at, 1);
        }
      };
      const consumer: Consumer = {
        takesLines: true,
        consume: (given) => (whenFull === "inline" ? inline.push(Number(given.message.split(" ")[0])) : note(given.message)),
        consumeLines: (lines) => textsOf(lines).forEach(note),
        drain: () => {},
        flush: () => {},
      };
      queue.attach(consumer);
      const owners = [owner(), owner()] as const;
      const queued: number[] = [];
      const handled: number[] = [];
      for (let i = 0; i < 60_000; i++) {
        // Stretches of putting and of taking, of one owner and of both, with records among the lines now and then.
        const phase = Math.floor(i / 3_000);
        const who = phase % 2 === 0 ? 0 : random(2);
        const level = phase % 5 === 4 || i % 7 === 0 ? 40 : 20;
        const given = record(`${i} ${ODD[i % ODD.length]}`, level);
        const asRecord = phase % 3 === 2 && random(100) === 0;
        const outcome = asRecord ? queue.put(given, owners[who]) : queue.putLine(given, formatter, owners[who]);
        if (outcome === "queued") {
          queued.push(i);
          makeRoom(level);
          waiting.push({ id: i, level });
        }
        if (outcome === "delivered") handled.push(i);
        if (random(20) === 0) for (let n = random(phase % 4 === 1 ? 60 : 12); n > 0 && queue.size > 0; n--) note(take(queue).message);
        if (random(400) === 0) textsOf(queue.takeLines(256) ?? ({ count: 0 } as FinishedLines)).forEach(note);
      }
      expect(queue.size).toBe(queue.stats().queued);
      while (queue.size > 0) {
        const lines = queue.takeLines(256);
        if (lines === undefined) note(take(queue).message);
        else textsOf(lines).forEach(note);
      }
      vi.useRealTimers();
      expect(seen).toEqual(expected);
      expect(inline).toEqual(handled);
      const stats = queue.stats();
      expect(stats).toMatchObject({ accepted: 60_000, queued: 0, delivered: seen.length + inline.length });
      expect(stats.dropped["full"] ?? 0).toBe(60_000 - seen.length - inline.length);
      if (whenFull === "inline") expect(inline.length).toBeGreaterThan(100);
      else if (whenFull !== "block") expect(stats.dropped["full"]).toBeGreaterThan(100);
      const settled = owners.reduce((sum, { counts }) => sum + counts.delivered + counts.dropped, 0);
      expect(settled).toBe(queued.length);
      expect(owners[0].counts.delivered + owners[1].counts.delivered).toBe(seen.length);
      expect(owners[1].counts.delivered).toBeGreaterThan(1_000);
    });
  }

  test("keep text, level, time and name, also where some of them were taken before", () => {
    const queue = new LogQueue();
    const given = Array.from({ length: 600 }, (_, i) =>
      // Packs have 256: whatever begins one stands where a reader of bytes looks for a mark.
      record(`${i % 256 === 0 ? "\ufeff" : ""}${i} ${ODD[i % ODD.length]}`, [10, 20, 35][i % 3], `name${i % 5}`),
    );
    for (const each of given) queue.putLine(each, formatter);
    const facts = ({ message, name, levelno, levelname, created }: LogRecord) => ({ message, name, levelno, levelname, created });
    const out: unknown[] = [];
    for (let i = 0; i < 10; i++) out.push(facts(take(queue)));
    for (let lines = queue.takeLines(256); lines !== undefined; lines = queue.takeLines(256)) {
      expect(Buffer.from(lines.bytes).toString()).toBe(
        textsOf(lines)
          .map((text) => `${text}\n`)
          .join(""),
      );
      expect(lines.lowestLevel).toBe(10);
      for (let i = 0; i < lines.count; i++) {
        expect(lines.facts(i)).toMatchObject({ levelno: lines.record(i).levelno, created: lines.record(i).created });
        out.push(facts(lines.record(i)));
      }
    }
    expect(out).toEqual(given.map(facts));
  });

  test("are given in no larger numbers than asked for", () => {
    const queue = new LogQueue();
    for (let i = 0; i < 600; i++) queue.putLine(record(`${i}`), formatter);
    expect(queue.takeLines(100)).toBeUndefined();
    for (let i = 0; i < 200; i++) expect(take(queue).message).toBe(`${i}`);
    expect(textsOf(queue.takeLines(100) as FinishedLines)).toEqual(Array.from({ length: 56 }, (_, i) => `${200 + i}`));
  });

  test("give back all the room that they took", () => {
    const queue = new LogQueue({ maxBytes: 1_000_000 });
    const fill = (): number => {
      let count = 0;
      while (queue.putLine(record(`${count} ${"x".repeat((count * 37) % 200)}`), formatter) === "queued") count++;
      return count;
    };
    const first = fill();
    expect(first).toBeGreaterThan(1_000);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 100 + round; i++) take(queue);
      while (queue.size > 0) if (queue.takeLines(256) === undefined) take(queue);
      expect(fill()).toBe(first);
    }
  });

  test("that are very long are packed in smaller numbers", () => {
    const queue = new LogQueue({ maxBytes: 1e9 });
    for (let i = 0; i < 600; i++) queue.putLine(record(`${i} ${"x".repeat(100_000)}`), formatter);
    expect(queue.takeLines(256)?.count).toBe(3);
    const left: string[] = [];
    while (queue.size > 0) left.push(take(queue).message.split(" ")[0] as string);
    expect(left).toEqual(Array.from({ length: 597 }, (_, i) => `${i + 3}`));
  });

  test("are all in the file when the listener is stopped, and when the process exits before it had its turn", async () => {
    const folder = temporaryFolder();
    try {
      for (const how of ["stop", "flush"] as const) {
        const path = join(folder.path, `${how}.log`);
        const file = new FileHandler(path, { buffering: {} });
        const queue = new LogQueue({ whenFull: "block" });
        const listener = new QueueListener(queue, file).start();
        const handler = new QueueHandler(queue, { formatter });
        for (let i = 0; i < 30_000; i++) handler.handle(record(`${i} ${ODD[i % 3]}`));
        if (how === "stop") await listener.stop();
        else {
          // What the exit hook does: nothing that needs a turn of the event loop happens after it.
          handler.flush();
          file.flush();
        }
        expect(readFileSync(path, "utf8")).toBe(Array.from({ length: 30_000 }, (_, i) => `${i} ${ODD[i % 3]}\n`).join(""));
        expect(handler.stats()).toMatchObject({ accepted: 30_000, delivered: 30_000, queued: 0, dropped: {} });
        await listener.stop();
        await file.close();
        await handler.close();
      }
    } finally {
      folder.remove();
    }
  });
});
