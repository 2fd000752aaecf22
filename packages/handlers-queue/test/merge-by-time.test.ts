import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeLogRecord } from "@cordwood/core";
import { mergeByTime } from "@cordwood/handlers-queue";
import { temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

const collect = async <T>(entries: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
};

describe("mergeByTime", () => {
  test("gives the lines of several files in time order, a stack behind its line", async () => {
    using folder = temporaryFolder();
    const [a, b] = [join(folder.path, "a.log"), join(folder.path, "b.log")];
    writeFileSync(a, "2024-05-01 10:00:00,100 a1\nTypeError: no\n    at x (2024-05-01 09:00:00)\n2024-05-01 10:00:02,000 a2\n");
    writeFileSync(b, "2024-05-01 10:00:00,050 b1\r\n2024-05-01 10:00:01,000 b2\n2024-05-01 10:00:03,000 b3");
    expect((await collect(mergeByTime([a, b]))).map((line) => line.slice(-2))).toEqual(["b1", "a1", "no", "0)", "b2", "a2", "b3"]);
  });

  test("gives records and lines of JSON by what they say", async () => {
    const records = (...times: number[]) =>
      times.map((created) => makeLogRecord({ name: "a", levelno: 20, msg: String(created), created }));
    const merged = await collect(mergeByTime([records(1, 4, 5), records(2, 3, 6), []]));
    expect(merged.map(({ message }) => message)).toEqual(["1", "2", "3", "4", "5", "6"]);
    const lines = await collect(
      mergeByTime([
        ['{"time":1700000000500}', '{"time":1700000002000}'],
        ['{"created":1700000001}', '{"@timestamp":"2023-11-14T22:13:23Z"}'],
      ]),
    );
    expect(lines.map((line) => line.slice(2, 6))).toEqual(["time", "crea", "time", "@tim"]);
  });

  test("keeps the order of the sources for entries of the same time", async () => {
    const timeOf = (entry: { t: number; s: string }): number => entry.t;
    const merged = await collect(
      mergeByTime(
        [
          [
            { t: 1, s: "a" },
            { t: 1, s: "a" },
          ],
          [{ t: 1, s: "b" }],
        ],
        { timeOf },
      ),
    );
    expect(merged.map(({ s }) => s)).toEqual(["a", "a", "b"]);
  });

  test("waits for a source that has nothing yet, but not for ever; what comes late is given at once and told", async () => {
    const late: string[] = [];
    async function* quick(): AsyncGenerator<string> {
      yield "2024-05-01 10:00:05 quick";
      yield "2024-05-01 10:00:06 quick";
    }
    async function* slow(ms: number): AsyncGenerator<string> {
      await new Promise((resolve) => setTimeout(resolve, ms));
      yield "2024-05-01 10:00:01 slow";
    }
    const inTime = await collect(mergeByTime([quick(), slow(20)], { maxWaitMs: 5_000 }));
    expect(inTime.map((line) => line.slice(20))).toEqual(["slow", "quick", "quick"]);
    const outOfTime = await collect(mergeByTime([quick(), slow(300)], { maxWaitMs: 30, onLate: (line) => late.push(line) }));
    expect(outOfTime.map((line) => line.slice(20))).toEqual(["quick", "quick", "slow"]);
    expect(late.length).toBe(1);
  });

  test("merges the output of running processes as it comes", async () => {
    const run = (offset: number) =>
      spawn(process.execPath, [
        "-e",
        `let i = 0; const t = setInterval(() => { console.log(JSON.stringify({ created: i * 2 + ${offset} })); if (++i === 5) clearInterval(t); }, 5)`,
      ]).stdout;
    const lines = await collect(mergeByTime([run(0), run(1)], { maxWaitMs: 10_000 }));
    expect(lines.map((line) => (JSON.parse(line) as { created: number }).created)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("follows files that grow, until it is told to end", async () => {
    using folder = temporaryFolder();
    const [a, b] = [join(folder.path, "a.log"), join(folder.path, "b.log")];
    writeFileSync(a, "2024-05-01 10:00:00 a\n");
    writeFileSync(b, "");
    const over = new AbortController();
    const seen: string[] = [];
    for await (const line of mergeByTime([a, b], { follow: true, signal: over.signal, maxWaitMs: 50 })) {
      seen.push(line.slice(20));
      if (seen.length === 1) appendFileSync(b, "2024-05-01 10:00:01 b\n");
      if (seen.length === 2) appendFileSync(a, "2024-05-01 10:00:02 a\n");
      if (seen.length === 3) over.abort();
    }
    expect(seen).toEqual(["a", "b", "a"]);
  });

  test("tells what is wrong with a source", async () => {
    expect(() => mergeByTime([5 as unknown as string])).toThrow(/source 1 is 5; give an iterable/);
    await expect(collect(mergeByTime(["/nowhere/a.log"]))).rejects.toThrow(/nowhere/);
  });

  test("merges 100 000 entries of 20 sources exactly", async () => {
    const sources = Array.from({ length: 20 }, (_, s) => Array.from({ length: 5_000 }, (_, i) => ({ t: i * 20 + s })));
    const merged = await collect(mergeByTime(sources, { timeOf: ({ t }: { t: number }) => t }));
    expect(merged.every(({ t }, i) => t === i)).toBe(true);
    expect(merged.length).toBe(100_000);
  });
});
