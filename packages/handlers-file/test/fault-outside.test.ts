import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HandlerStats, makeLogRecord } from "@cordwood/core";
import { FileHandler, RotatingFileHandler } from "@cordwood/handlers-file";
import { runNode, scaled, temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { linesIn, namesIn, numbersOf, upTo } from "./log-files.js";
import { collectReports } from "./reports.js";

const child = fileURLToPath(new URL("./children/renamed-writer.mjs", import.meta.url));

const reports = collectReports();

const hasLogrotate = spawnSync("logrotate", ["--version"]).status === 0;
if (!hasLogrotate) console.warn("skipped: the test with logrotate, which is not installed here");

const record = (msg: string): ReturnType<typeof makeLogRecord> => makeLogRecord({ msg });

/** Renames `app.log` again and again while another process writes to it, and answers what that one says in the end. */
const renameUnderLoad = async (
  folder: string,
  kind: string,
  options: object,
  times: number,
): Promise<{ number: number; stats: HandlerStats }> => {
  const file = join(folder, "app.log");
  const writer = spawn(process.execPath, [child, file, kind, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  writer.stdout.on("data", (text) => (said += text));
  const ended = new Promise((resolve) => writer.once("close", resolve));
  for (let index = 1; index <= times; index++) {
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 5));
    renameSync(file, `${file}.${index}`);
  }
  writer.stdin.end();
  await ended;
  return JSON.parse(said) as { number: number; stats: HandlerStats };
};

describe("renamed by another program under load", () => {
  test.each([
    ["WatchedFileHandler", {}, 250],
    ["FileHandler", { checkIntervalMs: 5 }, 125],
    ["RotatingFileHandler", { checkIntervalMs: 5, maxBytes: 1_000_000, backupCount: 1_000, buffering: { intervalMs: 10 } }, 125],
  ] as const)(
    "loses and doubles nothing: %s",
    async (kind, options, full) => {
      using folder = temporaryFolder();
      const times = scaled(full);
      const { number, stats } = await renameUnderLoad(folder.path, kind, options, times);
      const numbers = numbersOf(linesIn(folder.path)).sort((one, other) => one - other);
      expect(numbers).toEqual(upTo(number));
      expect(stats).toEqual({ accepted: number, delivered: number, queued: 0, dropped: {}, failed: {} });
      console.log(`renamed ${times} times under load (${kind}): ${number} records, 0 missing, 0 twice`);
    },
    120_000,
  );

  test.skipIf(!hasLogrotate)("loses nothing to logrotate itself, with create, compress and delaycompress", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "logs", "app.log");
    const configuration = join(folder.path, "logrotate.conf");
    writeFileSync(configuration, `${file} {\n rotate 100\n create 0600\n compress\n delaycompress\n}\n`, { mode: 0o600 });
    const writer = spawn(process.execPath, [child, file, "FileHandler", '{"checkIntervalMs":20}'], { stdio: ["pipe", "pipe", "inherit"] });
    let said = "";
    writer.stdout.on("data", (text) => (said += text));
    const ended = new Promise((resolve) => writer.once("close", resolve));
    for (let index = 0; index < 5; index++) {
      while (!existsSync(file) || readFileSync(file).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, 40));
      const ran = spawnSync("logrotate", ["--force", "--state", join(folder.path, "state"), configuration], { encoding: "utf8" });
      expect(ran.stderr).toBe("");
    }
    writer.stdin.end();
    await ended;
    const { number } = JSON.parse(said) as { number: number };
    expect(namesIn(join(folder.path, "logs"))).toHaveLength(6);
    expect(numbersOf(linesIn(join(folder.path, "logs"))).sort((one, other) => one - other)).toEqual(upTo(number));
  });

  test("reopens on a signal that the program handles, as logrotate's postrotate sends it", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const script = `import { makeLogRecord } from "@cordwood/core"; import { FileHandler } from "@cordwood/handlers-file"; import { renameSync } from "node:fs";
      const handler = new FileHandler(${JSON.stringify(file)}, { checkIntervalMs: Infinity });
      process.on("SIGHUP", () => { handler.reopen(); handler.handle(makeLogRecord({ msg: "after" })); clearInterval(timer); });
      const timer = setInterval(() => {}, 1000);
      handler.handle(makeLogRecord({ msg: "before" }));
      renameSync(${JSON.stringify(file)}, ${JSON.stringify(`${file}.1`)});
      process.kill(process.pid, "SIGHUP");`;
    spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      timeout: 20_000,
    });
    expect(readFileSync(`${file}.1`, "utf8")).toBe("before\n");
    expect(readFileSync(file, "utf8")).toBe("after\n");
  });
});

describe("the file taken away", () => {
  test(`comes back within checkIntervalMs when its folder was removed, ${scaled(100)} times`, () => {
    using folder = temporaryFolder();
    const logs = join(folder.path, "logs");
    let now = 1_700_000_000_000;
    const handler = new FileHandler(join(logs, "app.log"), { clock: () => now });
    for (let round = 0; round < scaled(100); round++) {
      rmSync(logs, { recursive: true });
      now += 1_000;
      handler.handle(record(`${round}`));
      expect(readFileSync(join(logs, "app.log"), "utf8")).toBe(`${round}\n`);
    }
    handler.close();
    expect(reports).toEqual([]);
  });

  test("is reported, and its records counted, while it cannot be created again", () => {
    using folder = temporaryFolder();
    const logs = join(folder.path, "logs");
    let now = 1_700_000_000_000;
    const handler = new FileHandler(join(logs, "app.log"), { clock: () => now });
    handler.handle(record("before"));
    rmSync(logs, { recursive: true });
    appendFileSync(logs, "a file where the folder was");
    now += 1_000;
    handler.handle(record("lost 1"));
    handler.handle(record("lost 2"));
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 1, queued: 0, dropped: {}, failed: { write: 2 } });
    expect(reports.filter((report) => report.message.includes("cannot write to"))).toHaveLength(1);
    rmSync(logs);
    now += 1_000;
    handler.handle(record("again"));
    expect(readFileSync(join(logs, "app.log"), "utf8")).toBe("again\n");
    expect(handler.stats()).toMatchObject({ accepted: 4, delivered: 2 });
  });

  test("goes on taking records under its new name when no other can be opened", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    let now = 1_700_000_000_000;
    const handler = new FileHandler(file, { clock: () => now });
    handler.handle(record("one"));
    renameSync(file, `${file}.1`);
    spawnSync("mkdir", [file]);
    now += 1_000;
    handler.handle(record("two"));
    expect(readFileSync(`${file}.1`, "utf8")).toBe("one\ntwo\n");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 2, queued: 0, dropped: {}, failed: {} });
    rmSync(file, { recursive: true });
    now += 1_000;
    handler.handle(record("three"));
    expect(readFileSync(file, "utf8")).toBe("three\n");
  });

  test(`leaves no hole when it is copied and cut to nothing (copytruncate), ${scaled(200)} times`, () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    let now = 1_700_000_000_000;
    const handler = new RotatingFileHandler(file, { clock: () => now, maxBytes: 1_000, backupCount: 2 });
    for (let round = 0; round < scaled(200); round++) {
      for (let index = 0; index < 8; index++) handler.handle(record("x".repeat(99)));
      copyFileSync(file, `${file}.copy`);
      truncateSync(file, 0);
      now += 1_000;
    }
    // The size is known to be small again, or the file would have rolled over.
    expect(existsSync(`${file}.1`)).toBe(false);
    handler.handle(record("last"));
    expect(readFileSync(file, "utf8")).toBe("last\n");
  });
});

test.skipIf(!existsSync("/proc/self/fd"))(`opening and closing ${scaled(10_000)} handlers leaves no descriptor open`, async () => {
  using folder = temporaryFolder();
  const script = fileURLToPath(new URL("./children/open-and-close.mjs", import.meta.url));
  const { stdout } = await runNode(script, { args: [join(folder.path, "app.log"), String(scaled(10_000))] });
  const { before, after } = JSON.parse(stdout) as { before: number; after: number };
  expect(after).toBe(before);
});
