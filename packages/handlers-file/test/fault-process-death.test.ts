import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeLogRecord, resetLogging } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";
import { runNode, scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, describe, expect, test } from "vitest";

/** For the full counts. */
const PATIENCE_MS = 1_800_000;

const child = (name: string): string => fileURLToPath(new URL(`./children/${name}`, import.meta.url));
const linesOf = (path: string): string[] => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : [""]);

afterEach(() => resetLogging());

interface Acknowledged {
  readonly number: number;
  readonly bytes: number;
  readonly levelno: number;
  readonly createdMs: number;
}

/** Runs the endless writer and kills it at a random moment after its first record. */
const killWriter = async (file: string, acknowledged: string, options: object, longest: number): Promise<Acknowledged[]> => {
  const writer = spawn(process.execPath, [child("acknowledged-writer.mjs"), file, acknowledged, JSON.stringify(options), String(longest)], {
    stdio: "inherit",
  });
  const ended = new Promise((resolve) => writer.once("close", resolve));
  while (linesOf(acknowledged).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
  writer.kill("SIGKILL");
  await ended;
  return linesOf(acknowledged)
    .slice(0, -1)
    .map((line) => {
      const [number = 0, bytes = 0, levelno = 0, createdMs = 0] = line.split(" ").map(Number);
      return { number, bytes, levelno, createdMs };
    });
};

describe("kill -9", () => {
  test(
    `loses no acknowledged record in record mode, and the next start begins on a fresh line (${scaled(200)} kills)`,
    async () => {
      let [records, torn] = [0, 0];
      for (let kill = 0; kill < scaled(200); kill++) {
        using folder = temporaryFolder();
        const file = join(folder.path, "app.log");
        const acknowledged = await killWriter(file, join(folder.path, "acknowledged"), {}, 65_536);
        const lines = linesOf(file);
        const tail = lines.pop() as string;
        expect(lines.every((line, number) => line.startsWith(`${number} x`) && line.endsWith("x end"))).toBe(true);
        expect(lines.length).toBeGreaterThanOrEqual(acknowledged.length);
        if (tail !== "") torn++;
        records += acknowledged.length;
        const handler = new FileHandler(file);
        handler.handle(makeLogRecord({ msg: "next start" }));
        handler.close();
        expect(linesOf(file).slice(lines.length)).toEqual(tail === "" ? ["next start", ""] : [tail, "next start", ""]);
      }
      console.log(`kill -9 in record mode: ${scaled(200)} kills, ${records} acknowledged records, 0 missing, ${torn} torn tails`);
    },
    PATIENCE_MS,
  );

  test(
    `loses no more than the buffer in buffered mode, and nothing of flushLevel (${scaled(200)} kills)`,
    async () => {
      const buffering = { bytes: 16_384, intervalMs: 100, flushLevel: "WARNING" };
      let [records, missing, mostBytes, mostMs] = [0, 0, 0, 0];
      for (let kill = 0; kill < scaled(200); kill++) {
        using folder = temporaryFolder();
        const file = join(folder.path, "app.log");
        const acknowledged = await killWriter(file, join(folder.path, "acknowledged"), { buffering }, 2_000);
        const present = new Set(
          linesOf(file)
            .slice(0, -1)
            .map((line) => Number.parseInt(line, 10)),
        );
        const lost = acknowledged.filter(({ number }) => !present.has(number));
        expect(lost.filter(({ levelno }) => levelno >= 30)).toEqual([]);
        const bytes = lost.reduce((sum, record) => sum + record.bytes, 0);
        const age = lost.length === 0 ? 0 : (acknowledged.at(-1) as Acknowledged).createdMs - (lost[0] as Acknowledged).createdMs;
        expect(bytes).toBeLessThanOrEqual(buffering.bytes);
        expect(age).toBeLessThanOrEqual(buffering.intervalMs);
        [records, missing, mostBytes, mostMs] = [
          records + acknowledged.length,
          missing + lost.length,
          Math.max(mostBytes, bytes),
          Math.max(mostMs, age),
        ];
      }
      console.log(
        `kill -9 in buffered mode (16384 bytes, 100 ms): ${scaled(200)} kills, ${records} acknowledged, ${missing} missing, at most ${mostBytes} bytes and ${Math.ceil(mostMs)} ms at once, 0 at WARNING or above`,
      );
    },
    PATIENCE_MS,
  );
});

describe("the end of the process", () => {
  const ways = [
    ["process.exit in the first tick", 3],
    ["process.exit later", 3],
    ["uncaught error", 1],
    ["unhandled rejection", 1],
    ["SIGTERM with shutdownOn", "SIGTERM"],
    ["the last event", 0],
  ] as const;
  for (const [mode, options] of [
    ["record mode", {}],
    ["buffered mode", { buffering: {} }],
  ] as const) {
    test.each(ways)(`keeps 10,000 of 10,000 records in ${mode}: %s`, async (way, ended) => {
      using folder = temporaryFolder();
      const file = join(folder.path, "app.log");
      const { code, signal } = await runNode(child("ending.mjs"), { args: [file, JSON.stringify(options), way] });
      expect(signal ?? code).toBe(ended);
      expect(linesOf(file)).toEqual([...Array.from({ length: 10_000 }, (_, number) => String(number)), ""]);
    });
  }

  test("keeps 10,000 of 10,000 records in record mode: SIGTERM that nobody handles", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const { signal } = await runNode(child("ending.mjs"), { args: [file, "{}", "SIGTERM"] });
    expect(signal).toBe("SIGTERM");
    expect(linesOf(file)).toHaveLength(10_001);
  });

  test("loses at most the buffer in buffered mode: SIGTERM that nobody handles", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    await runNode(child("ending.mjs"), { args: [file, JSON.stringify({ buffering: { bytes: 4_096 } }), "SIGTERM"] });
    const all = Array.from({ length: 10_000 }, (_, number) => `${number}\n`).join("");
    const text = readFileSync(file, "utf8");
    expect(all.startsWith(text)).toBe(true);
    expect(all.length - text.length).toBeLessThanOrEqual(4_096);
  });
});
