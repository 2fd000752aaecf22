import { spawn } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HandlerStats, makeLogRecord, resetLogging } from "@cordwood/core";
import { RotatingFileHandler, TimedRotatingFileHandler } from "@cordwood/handlers-file";
import { runNode, scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, describe, expect, test } from "vitest";
import { leftoversIn, linesIn, linesInOrder, namesIn, numbersOf, upTo } from "./log-files.js";

const child = (name: string): string => fileURLToPath(new URL(`./children/${name}`, import.meta.url));
const PROCESSES = [1, 2, 3, 4];
/** For the full counts. */
const PATIENCE_MS = 1_800_000;
const PADDING = "x".repeat(80);

afterEach(() => resetLogging());

/** The lines of each writer, in the order of their numbers; throws for a line that is not whole. */
const byWriter = (lines: readonly string[]): Map<string, number[]> => {
  const numbers = new Map<string, number[]>();
  for (const line of lines) {
    const [, id, number] = /^(\w+) (\d+) x{80}$/.exec(line) ?? [];
    if (id === undefined) throw new Error(`not a whole line: ${line}`);
    numbers.set(id, [...(numbers.get(id) ?? [])]);
    (numbers.get(id) as number[]).push(Number(number));
  }
  return numbers;
};

const countLines = (lines: readonly string[]): Map<string, Set<number>> => {
  const numbers = new Map(PROCESSES.map((id) => [`p${id}`, new Set<number>()]));
  for (const line of lines) {
    const [id = "", number = "", padding = ""] = line.split(" ");
    if (padding !== PADDING) throw new Error(`not a whole line: ${line}`);
    numbers.get(id)?.add(Number(number));
  }
  return numbers;
};

describe("four processes on one file", () => {
  test.each([
    ["FileHandler", {}],
    ["RotatingFileHandler", { maxBytes: 1_000_000, backupCount: 1_000 }],
    ["RotatingFileHandler", { maxBytes: 1_000_000, backupCount: 1_000, compress: "gzip" }],
    ["RotatingFileHandler", { maxBytes: 300_000, backupCount: 1_000, buffering: { bytes: 16_384 } }],
    ["TimedRotatingFileHandler", { when: "S", maxBytes: 2_000_000 }],
  ] as const)(
    `write ${scaled(100_000)} records each: all are there, once, whole (%s %j)`,
    async (kind, options) => {
      using folder = temporaryFolder();
      const count = scaled(100_000);
      const args = (id: number): string[] => [join(folder.path, "app.log"), `p${id}`, String(count), kind, JSON.stringify(options)];
      const runs = await Promise.all(PROCESSES.map((id) => runNode(child("shared-writer.mjs"), { args: args(id), timeoutMs: 600_000 })));
      for (const { stdout, stderr } of runs) {
        expect(stderr).toBe("");
        expect(JSON.parse(stdout) as HandlerStats).toEqual({ accepted: count, delivered: count, queued: 0, dropped: {}, failed: {} });
      }
      const lines = linesIn(folder.path);
      expect(lines).toHaveLength(4 * count);
      for (const numbers of countLines(lines).values()) expect(numbers.size).toBe(count);
      expect(leftoversIn(folder.path)).toEqual([]);
      console.log(
        `4 processes × ${count} records, ${kind} ${JSON.stringify(options)}: ${lines.length} lines in ${namesIn(folder.path).length} files, 0 torn, 0 lost, 0 twice`,
      );
    },
    PATIENCE_MS,
  );

  test("leave no more than backupCount files in the end", async () => {
    using folder = temporaryFolder();
    const args = (id: number): string[] => [
      join(folder.path, "app.log"),
      `p${id}`,
      "5000",
      "RotatingFileHandler",
      '{"maxBytes":100000,"backupCount":3}',
    ];
    await Promise.all(PROCESSES.map((id) => runNode(child("shared-writer.mjs"), { args: args(id) })));
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.2", "app.log.3"]);
  });

  test(
    `lose nothing that was acknowledged when one after the other is killed, ${scaled(200)} kills`,
    async () => {
      const kills = scaled(200);
      let total = 0;
      const rounds = Math.ceil(kills / 4);
      for (let round = 0; round < rounds; round++) {
        using folder = temporaryFolder();
        const logs = join(folder.path, "logs");
        const start = (id: number): (() => Promise<string[]>) => {
          const acknowledged = join(folder.path, `acknowledged-${id}`);
          const options = JSON.stringify({ maxBytes: 20_000, backupCount: 10_000, ...(round % 2 === 0 ? { compress: "gzip" } : {}) });
          const writer = spawn(
            process.execPath,
            [child("endless-shared-writer.mjs"), join(logs, "app.log"), acknowledged, `p${id}`, options],
            { stdio: "inherit" },
          );
          const ended = new Promise((resolve) => writer.once("close", resolve));
          return async () => {
            while (!existsSync(acknowledged) || readFileSync(acknowledged, "utf8") === "")
              await new Promise((resolve) => setTimeout(resolve, 5));
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
            writer.kill("SIGKILL");
            await ended;
            return readFileSync(acknowledged, "utf8").split("\n").slice(0, -1);
          };
        };
        const acknowledged: string[] = [];
        for (const kill of PROCESSES.map(start)) acknowledged.push(...(await kill()));
        // The next start finds the locks, notes and unfinished archives of the dead.
        const handler = new RotatingFileHandler(join(logs, "app.log"), {
          shared: true,
          maxBytes: 20_000,
          backupCount: 10_000,
          compress: "gzip",
        });
        for (let number = 0; number < 500; number++) handler.handle(makeLogRecord({ msg: `p9 ${number} ${PADDING}` }));
        await handler.close();
        const written = byWriter(linesInOrder(logs));
        for (const [id, numbers] of written) expect(new Set(numbers).size, id).toBe(numbers.length);
        const present = new Map([...written].map(([id, numbers]) => [id, new Set(numbers)]));
        const missing = acknowledged.filter((line) => !present.get(line.split(" ")[0] as string)?.has(Number(line.split(" ")[1])));
        expect(missing).toEqual([]);
        expect(present.get("p9")?.size).toBe(500);
        expect(leftoversIn(logs)).toEqual([]);
        total += acknowledged.length;
      }
      console.log(
        `4 processes on one file, ${rounds * 4} kills: ${total} acknowledged records, 0 missing, 0 twice; the next start cleaned up`,
      );
    },
    PATIENCE_MS,
  );
});

describe("a lock", () => {
  const OPTIONS = { shared: true, maxBytes: 5, backupCount: 20 };
  const log = (handler: RotatingFileHandler, numbers: readonly number[]): void => {
    for (const number of numbers) handler.handle(makeLogRecord({ msg: String(number) }));
  };

  test("that a living process holds delays the rollover and holds nothing up", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const handler = new RotatingFileHandler(file, OPTIONS);
    log(handler, [0, 1]);
    // A process that runs, in a place where its number says nothing: the file's age decides.
    symlinkSync("elsewhere-1-1 nonce", join(folder.path, ".app.log.lock"));
    log(handler, [2, 3]);
    handler.close();
    expect(namesIn(folder.path)).toEqual(["app.log"]);
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(4));
  });

  test.each([
    ["a dead process of this machine", (path: string, own: string) => symlinkSync(`${own.replace(/-\d+-/, "-999999999-")} nonce`, path)],
    ["a process whose number is used again", (path: string, own: string) => symlinkSync(`${own.replace(/-\d+$/, "-1")} nonce`, path)],
  ])("of %s is taken away", (_whose, plant) => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const handler = new RotatingFileHandler(file, OPTIONS);
    const own = /^\.app\.log\.(\w+-\d+-\d+)-/.exec(leftoversIn(folder.path)[0] ?? "")?.[1] as string;
    expect(own).toContain(`-${process.pid}-`);
    plant(join(folder.path, ".app.log.lock"), own);
    log(handler, [0, 1, 2]);
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1"]);
    handler.close();
    expect(leftoversIn(folder.path)).toEqual([]);
  });

  test("whose taker died while taking it away is taken away too", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const handler = new RotatingFileHandler(file, OPTIONS);
    const own = /^\.app\.log\.(\w+-\d+-\d+)-/.exec(leftoversIn(folder.path)[0] ?? "")?.[1] as string;
    const dead = own.replace(/-\d+-/, "-999999999-");
    symlinkSync(`${dead} first`, join(folder.path, ".app.log.lock"));
    symlinkSync(`${dead} second`, join(folder.path, ".app.log.lock.first"));
    log(handler, [0, 1, 2]);
    handler.close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1"]);
    expect(leftoversIn(folder.path)).toEqual([]);
  });

  test("is not needed to see that another process has rolled over", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const [one, other] = [
      new RotatingFileHandler(file, { ...OPTIONS, checkIntervalMs: 0 }),
      new RotatingFileHandler(file, { ...OPTIONS, checkIntervalMs: 0 }),
    ];
    log(one, [0, 1, 2]);
    log(other, [3, 4]);
    log(one, [5]);
    one.close();
    other.close();
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(6));
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.2"]);
  });
});

test("an archive is not compressed, nor removed, while another process may write to it", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "app.log");
  const slow = new RotatingFileHandler(file, { shared: true, checkIntervalMs: 20 });
  slow.handle(makeLogRecord({ msg: "slow" }));
  const quick = new RotatingFileHandler(file, { shared: true, maxBytes: 5, backupCount: 1, compress: "gzip" });
  for (const msg of ["a", "b", "c", "d", "e", "f"]) quick.handle(makeLogRecord({ msg }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  const kept = linesInOrder(folder.path)[0];
  expect(kept).toBe("slow");
  slow.close();
  await quick.close();
  expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1.gz"]);
});

test("every file of a shared log begins with the header, once", async () => {
  using folder = temporaryFolder();
  const options = '{"maxBytes":20000,"backupCount":1000,"header":"# head"}';
  const args = (id: number): string[] => [join(folder.path, "app.log"), `p${id}`, "1000", "RotatingFileHandler", options];
  await Promise.all(PROCESSES.map((id) => runNode(child("shared-writer.mjs"), { args: args(id) })));
  const names = namesIn(folder.path);
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    const [first, ...rest] = readFileSync(join(folder.path, name), "utf8").split("\n");
    expect([first, rest.includes("# head")]).toEqual(["# head", false]);
  }
  expect(linesIn(folder.path)).toHaveLength(4_000 + names.length);
  expect(leftoversIn(folder.path)).toEqual([]);
});

test("processes roll over once for each boundary of time", () => {
  using folder = temporaryFolder();
  let now = Date.parse("2024-05-10T10:00:00Z");
  const options = { shared: true, when: "H", utc: true, clock: () => now };
  writeFileSync(join(folder.path, "other"), "");
  const handlers = [1, 2, 3].map(() => new TimedRotatingFileHandler(join(folder.path, "app.log"), options));
  for (let hour = 0; hour < 5; hour++) {
    for (const handler of handlers) {
      handler.handle(makeLogRecord({ msg: `hour ${hour}` }));
      now += 60_000;
    }
    now += 3_600_000 - 180_000;
  }
  for (const handler of handlers) handler.close();
  const lines = namesIn(folder.path)
    .filter((name) => name !== "other")
    .map((name) => readFileSync(join(folder.path, name), "utf8"));
  expect(lines.sort()).toEqual([0, 1, 2, 3, 4].map((hour) => `hour ${hour}\n`.repeat(3)));
});
