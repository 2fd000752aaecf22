import { execFile, spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setImmediate as aTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { LogRecord } from "@cordwood/core";
import { JsonFormatter, type JsonPreset } from "@cordwood/formatters";
import { fullCounts, missingService, scaled, temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { isWellFormed, randomText, randomValue, record, seeded } from "./structured.js";

const require = createRequire(import.meta.url);
const noPython = await missingService("python3");

describe("readers of other projects", () => {
  test("pino-pretty shows the pino preset as it shows pino's own lines", () => {
    const { prettyFactory } = require("pino-pretty") as { prettyFactory(options: object): (line: string) => string };
    const pretty = prettyFactory({ colorize: false, translateTime: "UTC:HH:MM:ss.l" });
    const formatter = new JsonFormatter({ preset: "pino" });
    const error = new TypeError("bad");
    error.stack = "TypeError: bad\n    at f (a.ts:1:2)";
    expect(pretty(formatter.format(record({ fields: { user: "anna", req: { url: "/" } } })))).toBe(
      '[22:13:20.250] INFO (app.db/4711): connected\n    user: "anna"\n    req: {\n      "url": "/"\n    }\n',
    );
    expect(pretty(formatter.format(record({ levelno: 40, error })))).toBe(
      '[22:13:20.250] ERROR (app.db/4711): connected\n    err: {\n      "type": "TypeError",\n      "message": "bad",\n      "stack":\n          TypeError: bad\n              at f (a.ts:1:2)\n    }\n',
    );
    for (const [levelno, shown] of [
      [5, "TRACE"],
      [10, "DEBUG"],
      [30, "WARN"],
      [50, "FATAL"],
    ] as const)
      expect(pretty(formatter.format(record({ levelno })))).toContain(` ${shown} (app.db/4711): connected`);
  });

  test("pino itself writes the same line, key by key", () => {
    const pino = require("pino") as (options: object, stream: object) => { info(fields: object, message: string): void };
    let line = "";
    pino({ name: "app", timestamp: () => ',"time":1700000000250' }, { write: (text: string) => (line = text) }).info(
      { a: 1, b: "x\ny", c: { d: [true, null] } },
      "hello",
    );
    const ours = new JsonFormatter({ preset: "pino" }).format(
      record({ name: "app", msg: "hello", process: process.pid, fields: { a: 1, b: "x\ny", c: { d: [true, null] } } }),
    );
    expect(`${ours}\n`).toBe(line);
  });

  test("bunyan's command shows the bunyan preset", () => {
    const formatter = new JsonFormatter({ preset: "bunyan" });
    const error = new TypeError("bad");
    error.stack = "TypeError: bad\n    at f (a.ts:1:2)";
    const lines = [record({ fields: { user: "anna" } }), record({ levelno: 40, error }), record({ levelno: 50, msg: "down" })].map((r) =>
      formatter.format(r),
    );
    const command = join(require.resolve("bunyan/package.json"), "../bin/bunyan");
    const { stdout, status } = spawnSync(process.execPath, [command, "--no-color", "-o", "long"], {
      input: `${lines.join("\n")}\n`,
      encoding: "utf8",
    });
    const host = (JSON.parse(lines[0] as string) as { hostname: string }).hostname;
    expect(status).toBe(0);
    expect(stdout).toBe(
      `[2023-11-14T22:13:20.250Z]  INFO: app.db/4711 on ${host}: connected (user=anna)\n` +
        `[2023-11-14T22:13:20.250Z] ERROR: app.db/4711 on ${host}: connected\n    TypeError: bad\n        at f (a.ts:1:2)\n` +
        `[2023-11-14T22:13:20.250Z] FATAL: app.db/4711 on ${host}: down\n`,
    );
  });
});

/** Python's reader, without the constants that JSON does not have, over the lines of a file. */
const STRICT = `
import json, sys
def refuse(name): raise ValueError(name)
def pairs(items):
    keys = [key for key, _ in items]
    if len(keys) != len(set(keys)): raise ValueError("a key twice: %r" % keys)
    return dict(items)
count = 0
for line in open(sys.argv[1], "rb"):
    if line: json.loads(line.decode("utf-8", "strict"), parse_constant=refuse, object_pairs_hook=pairs); count += 1
print(count)
`;

const PRESETS: readonly JsonPreset[] = ["cordwood", "pino", "bunyan", "ecs", "gcp", "otel", "python"];
const COUNT = scaled(1_000_000);
const SEED = 20260714;

const fuzzed = (random: () => number): LogRecord =>
  new LogRecord({
    name: randomText(random),
    levelno: Math.floor(random() * 60),
    msg: random() < 0.8 ? randomText(random) : randomValue(random),
    ...(random() < 0.7 && {
      fields: Object.fromEntries(
        Array.from({ length: Math.floor(random() * 4) }, () => [random() < 0.2 ? "level" : randomText(random), randomValue(random, 2)]),
      ),
    }),
    ...(random() < 0.2 && { bound: { [randomText(random)]: randomValue(random, 1), level: 1 } }),
    ...(random() < 0.2 && { context: { [randomText(random)]: randomText(random) } }),
    ...(random() < 0.1 && { error: randomValue(random, 2) }),
  });

describe("strict readers", () => {
  test(`accept each of ${COUNT.toLocaleString("en")} fuzzed records (seed ${SEED})`, {
    timeout: fullCounts ? 1_800_000 : 300_000,
  }, async () => {
    const random = seeded(SEED);
    const formatters = PRESETS.map((preset) => new JsonFormatter({ preset }));
    const compact = formatters.slice(0, 5);
    let accepted = 0;
    for (let i = 0; i < COUNT; i++) {
      if (i % 1_000 === 0) await aTurn();
      // The two shapes that are built as objects take five times as long; each sees every twentieth record.
      const formatter = (i % 10 === 0 ? formatters[5 + ((i / 10) % 2)] : compact[i % 5]) as JsonFormatter;
      const text = formatter.format(fuzzed(random));
      try {
        JSON.parse(text);
        if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) || !isWellFormed(text))
          throw new Error("not one line of well-formed text");
        accepted++;
      } catch (error) {
        throw new Error(`record ${i} of seed ${SEED}: ${text.slice(0, 1_000)}`, { cause: error });
      }
    }
    console.log(`fuzz: ${accepted} of ${COUNT} records accepted, seed ${SEED}`);
    expect(accepted).toBe(COUNT);
  });

  test("never get more than the bytes that were agreed, whatever is cut for it", () => {
    const random = seeded(SEED + 2);
    const long = (): string => randomText(random).repeat(Math.floor(random() * 200));
    for (const preset of PRESETS) {
      const formatter = new JsonFormatter({ preset, maxRecordBytes: 4_096 });
      for (let i = 0; i < 400; i++) {
        const fields = Object.fromEntries(
          Array.from({ length: 20 }, (_, k) => [`k${k}`, random() < 0.5 ? long() : { list: [long(), long()], deep: { a: { b: long() } } }]),
        );
        const text = formatter.format(
          new LogRecord({ name: "n", levelno: 20, msg: long(), fields, ...(random() < 0.3 && { error: new Error(long()) }) }),
        );
        JSON.parse(text);
        if (Buffer.byteLength(text) > 4_096) throw new Error(`${preset} ${i}: ${Buffer.byteLength(text)} bytes: ${text.slice(0, 500)}`);
      }
    }
  });

  test.skipIf(noPython)("accept fuzzed records in Python, no key twice", { timeout: 300_000 }, async () => {
    const random = seeded(SEED + 1);
    const count = scaled(100_000);
    const formatters = PRESETS.map((preset) => new JsonFormatter({ preset }));
    using folder = temporaryFolder();
    const reader = join(folder.path, "strict.py");
    const file = join(folder.path, "lines.json");
    writeFileSync(reader, STRICT);
    for (let i = 0; i < count; i++) {
      if (i % 1_000 === 0) await aTurn();
      appendFileSync(file, `${(formatters[i % formatters.length] as JsonFormatter).format(fuzzed(random))}\n`);
    }
    const { stdout, stderr } = await promisify(execFile)("python3", [reader, file]);
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe(`${count}`);
  });
});
