import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dictConfig, hmacVerifier, listen, stopListening } from "@cordwood/config";
import { getLogger, resetLogging, setErrorReporter, setLastResort } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const command = fileURLToPath(new URL("../dist/cordwood-config.js", import.meta.url));
let folder = temporaryFolder();
beforeEach(() => {
  resetLogging();
  folder = temporaryFolder();
});
afterEach(async () => {
  await stopListening();
  resetLogging();
  folder.remove();
});

const run = async (args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> => {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, out, err };
};

const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);

const GOOD = `version: 1
formatters:
  line: {format: '%(levelname)s %(name)s %(message)s'}
filters:
  db: {name: app.db}
handlers:
  console: {class: logging.StreamHandler, stream: ext://sys.stdout, formatter: line, level: WARNING}
  file: {class: logging.handlers.RotatingFileHandler, filename: app.log, maxBytes: 1000, filters: [db]}
  memory: {class: MemoryHandler, capacity: 10, target: file}
  mail: {class: SMTPHandler, mailhost: mx, fromaddr: a@b, toaddrs: c@d, subject: s, credentials: [u, hunter2-secret]}
loggers:
  app: {level: INFO, handlers: [memory]}
  app.db: {level: DEBUG}
  quiet: {propagate: false, handlers: [mail]}
root: {level: WARNING, handlers: [console]}
`;

describe("check", () => {
  test("says that a file is fine, and makes nothing", async () => {
    write("good.yaml", GOOD);
    expect(await run(["check", "good.yaml"])).toEqual({
      code: 0,
      out: "good.yaml: fine: 4 loggers, 4 handlers, 1 formatter, 1 filter\n",
      err: "",
    });
    const { existsSync } = await import("node:fs");
    expect(existsSync(join(folder.path, "app.log"))).toBe(false);
  });

  test("tells every problem with line and column, and no secret", async () => {
    write(
      "bad.yaml",
      GOOD.replace("maxBytes: 1000", "maxBytes: 10MB")
        .replace("level: INFO", "level: info")
        .replace("credentials: [u, hunter2-secret]", "credentials: hunter2-secret")
        .replace("'%(levelname)s %(name)s %(message)s'", "'%(nothing'"),
    );
    const { code, out, err } = await run(["check", "bad.yaml"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).not.toContain("hunter2");
    expect(err.split("\n").map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual([
      "bad.yaml:8:74: handlers.file.maxBytes",
      "bad.yaml:10:85: handlers.mail.credentials",
      "bad.yaml:12:9: loggers.app.level",
      "3 problems",
      "",
    ]);
    write(
      "inside.yaml",
      "version: 1\nhandlers:\n  h:\n    class: SocketHandler\n    host: h\n    port: 9\n    tls:\n      pasphrase: hunter2-secret\n    spool:\n      directory: x\n      maxbyte: 5\n",
    );
    expect((await run(["check", "inside.yaml"])).err).toBe(
      'inside.yaml:8:7: handlers.h.tls.pasphrase: tls has no option "pasphrase" (given: a text); did you mean "passphrase"?\ninside.yaml:11:7: handlers.h.spool.maxbyte: spool has no option "maxbyte" (given: 5); did you mean "maxBytes"?\n2 problems\n',
    );
    write(
      "beside.yaml",
      "version: 1\nhandlers:\n  a: {class: HTTPHandler, host: h, url: /, gzip: true}\n  b: {class: SMTPHandler, mailhost: mx, fromaddr: a, toaddrs: b, subject: s, tls: {key: none.pem, cert: none.pem}, credentials: [u, hunter2-secret]}\n  c: {class: SocketHandler, host: h, port: 9, spool: {directory: nowhere/at/all}, tls: {ca: none.pem}}\n",
    );
    const beside = await run(["check", "beside.yaml"]);
    expect(beside.err).toBe(
      'beside.yaml:3:3: handlers.a: HttpHandler: gzip is for batches of JSON; leave it out here\nbeside.yaml:4:3: handlers.b: SmtpHandler: tls is given without secure; give secure: true or "implicit" as well\n2 problems\n',
    );
    write("dots.yaml", "version: 1\nloggers:\n  a:\n    level: INFO\n  a.b.c:\n    levle: INFO\n    handlers: [x]\n");
    expect((await run(["check", "dots.yaml"])).err).toContain(
      'dots.yaml:6:5: loggers.a.b.c.levle: a logger has no "levle"; did you mean "level"?\ndots.yaml:7:16: loggers.a.b.c.handlers[0]: ',
    );
    write("broken.yaml", GOOD.replace("'%(levelname)s %(name)s %(message)s'", "'%(nothing'"));
    expect((await run(["check", "broken.yaml"])).err).toContain("broken.yaml:3:3: formatters.line: ");
    write("syntax.json", '{\n  "version": 1,,\n}');
    expect((await run(["check", "syntax.json"])).err).toContain("syntax.json:2:16: ");
    write(
      "bad.ini",
      "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nhandlers=h\n[handler_h]\nclass=StreamHandler\nlevel=LOUD\n",
    );
    expect((await run(["check", "bad.ini"])).err).toContain("bad.ini:9:1: handler_h.level: expected a level");
  });

  test("takes the program's own classes from a module", async () => {
    write("own.mjs", "export class Sink { handle() {} flush() {} close() {} }\nexport default { 'app.Sink': Sink };\n");
    write("own.json", '{"version":1,"handlers":{"a":{"class":"app.Sink"},"b":{"class":"Sink"}}}');
    expect((await run(["check", "own.json", "--with", "own.mjs"])).code).toBe(0);
    expect((await run(["check", "own.json"])).code).toBe(1);
  });
});

describe("explain", () => {
  const cases: readonly (readonly [readonly string[], Record<string, string>, string])[] = [
    [
      ["app.db", "DEBUG"],
      {},
      "app.db DEBUG: written\n  the level of app.db is DEBUG, from app.db in the document: DEBUG passes\n  handler memory of app gets it, for file\n  handler console of root: its level WARNING stops it\n",
    ],
    [
      ["app.web", "debug"],
      {},
      "app.web DEBUG: not written\n  the level of app.web is INFO, from app in the document: DEBUG is below it and stops here\n",
    ],
    [
      ["app.web", "debug"],
      { CORDWOOD: "app.web=debug" },
      "app.web DEBUG: not written\n  the level of app.web is DEBUG, from app.web in the environment: DEBUG passes\n  handler memory of app gets it, for file\n  handler file behind memory: filter db (app.db) stops it\n  handler console of root: its level WARNING stops it\n",
    ],
    [
      ["quiet", "40"],
      {},
      "quiet 40: written\n  the level of quiet is WARNING, from root in the document: ERROR passes\n  handler mail of quiet gets it\n  quiet does not propagate: the loggers above it do not get it\n",
    ],
    [
      ["root", "INFO"],
      {},
      "root INFO: not written\n  the level of root is WARNING, from root in the document: INFO is below it and stops here\n",
    ],
  ];
  for (const [args, env, out] of cases) {
    test(`${args.join(" ")} ${Object.values(env).join()}`, async () => {
      write("good.yaml", GOOD);
      expect(await run(["explain", "good.yaml", ...args], env)).toEqual({ code: 0, out, err: "" });
    });
  }

  test("knows filters by name and the last resort", async () => {
    write(
      "f.json",
      '{"version":1,"filters":{"db":{"name":"app.db"}},"handlers":{"h":{"class":"StreamHandler","filters":["db"]}},"loggers":{"app":{"handlers":["h"]},"x":{"filters":["db"]}}}',
    );
    expect((await run(["explain", "f.json", "app.web", "ERROR"])).out).toContain("handler h of app: filter db (app.db) stops it");
    expect((await run(["explain", "f.json", "app.db.pool", "ERROR"])).out).toContain("handler h of app gets it");
    expect((await run(["explain", "f.json", "x", "ERROR"])).out).toContain("filter db (app.db) of x stops it");
    expect((await run(["explain", "f.json", "x", "LOUD"])).err).toContain('LEVEL is "LOUD"; expected a level');
    expect((await run(["explain", "f.json", "other", "ERROR"])).out).toContain(
      "no handler on the way: the last resort writes it to standard error",
    );
  });
});

describe("explain, of handlers that hand records on", () => {
  const explained = async (more: object, level: string): Promise<string> => {
    write(
      "q.json",
      JSON.stringify({ version: 1, handlers: { err: { class: "StreamHandler", level: "ERROR" }, ...more }, root: { handlers: ["q"] } }),
    );
    return (await run(["explain", "q.json", "root", level])).out
      .split("\n")
      .filter((line) => !line.startsWith("  the level"))
      .join("\n");
  };

  test("a listener that is told to asks for the level, another does not", async () => {
    const queue = { class: "QueueHandler", handlers: ["err"] };
    expect(await explained({ q: { ...queue, respect_handler_level: true } }, "WARNING")).toBe(
      "root WARNING: not written\n  handler q of root gets it, for err\n  handler err behind q: its level ERROR stops it\n",
    );
    expect(await explained({ q: queue }, "WARNING")).toBe("root WARNING: written\n  handler q of root gets it, for err\n");
    expect(await explained({ q: { ...queue, respect_handler_level: true } }, "ERROR")).toBe(
      "root ERROR: written\n  handler q of root gets it, for err\n",
    );
  });

  test("a handler that writes nothing, and one that holds records back, are called so", async () => {
    expect(await explained({ q: { class: "NullHandler" } }, "ERROR")).toBe(
      "root ERROR: not written\n  handler q of root gets it and writes nothing\n",
    );
    const holding = { class: "FingersCrossedHandler", target: "err" };
    expect(await explained({ q: holding }, "ERROR")).toBe(
      "root ERROR: written\n  handler q of root gets it, for err, and may hold it back\n",
    );
    expect(await explained({ q: holding }, "WARNING")).toBe(
      "root WARNING: not written\n  handler q of root gets it, for err, and may hold it back\n  handler err behind q: its level ERROR stops it\n",
    );
    expect(await explained({ q: { class: "MemoryHandler", capacity: 5, target: "err" } }, "WARNING")).toContain("root WARNING: written");
  });
});

describe("tree", () => {
  test("draws a file without making anything", async () => {
    write("good.yaml", GOOD);
    const { out } = await run(["tree", "good.yaml"]);
    expect(out).toBe(
      [
        "root  WARNING",
        '│ → StreamHandler "console" to stdout, level WARNING, line "%(levelname)s %(name)s %(message)s"',
        "├ app  INFO",
        '│ │ → MemoryHandler "memory"',
        '│ │   → RotatingFileHandler "file" to app.log, filter db',
        "│ └ app.db  DEBUG",
        "└ quiet  WARNING from root, does not propagate",
        '    → SmtpHandler "mail" to mx',
        "",
      ].join("\n"),
    );
  });

  test("draws a running program, signed or not", async () => {
    setLastResort(null);
    getLogger("app.db").setLevel("DEBUG");
    await dictConfig({
      version: 1,
      disable_existing_loggers: false,
      handlers: { h: { class: "MemoryHandler", capacity: 3 } },
      loggers: { app: { level: "INFO" } },
      root: { handlers: ["h"] },
    });
    const { port } = await listen({ port: 0 });
    const drawn = 'root  WARNING\n│ → MemoryHandler "h" to up to 3 records\n└ app  INFO\n  └ app.db  INFO from app\n';
    expect(await run(["tree", "--port", String(port)])).toEqual({ code: 0, out: drawn, err: "" });
    expect(JSON.parse((await run(["tree", "--port", String(port), "--json"])).out).root.name).toBe("root");
    const secret = "0123456789abcdef0123456789abcdef";
    const safe = await listen({ port: 0, verify: hmacVerifier({ secret }) });
    expect((await run(["tree", "--port", String(safe.port)])).code).toBe(1);
    expect((await run(["tree", "--port", String(safe.port)], { CORDWOOD_SECRET: secret })).out).toBe(drawn);
    write("secret", `${secret}\n`);
    expect((await run(["tree", "--port", String(safe.port), "--secret-file", "secret"])).out).toBe(drawn);
  });
});

describe("send", () => {
  test("applies a file to a running program and tells what changed, or why not", async () => {
    setLastResort(null);
    setErrorReporter(() => {});
    const { port } = await listen({ port: 0 });
    write("levels.toml", 'version = 1\nincremental = true\n[loggers.app]\nlevel = "DEBUG"\n');
    expect(await run(["send", "levels.toml", "--port", String(port), "--lifetime", "600"])).toEqual({
      code: 0,
      out: "levels.toml: applied\n  app.level: NOTSET → DEBUG\n",
      err: "",
    });
    expect(getLogger("app").level).toBe(10);
    write("full.json", '{"version": 1, "handlers": {"h": {"class": "NullHandler"}}}');
    const { code, err } = await run(["send", "full.json", "--port", String(port)]);
    expect([code, err]).toEqual([
      1,
      'full.json: not applied: handlers.h.class: is not among what scope "levels" lets a remote document change: levels and propagate; listen with scope: "full" to allow it\n',
    ]);
  });
});

test("a command line that makes no sense is told so, with how to write it", async () => {
  for (const args of [
    [],
    ["chekc"],
    ["check"],
    ["check", "a", "b"],
    ["tree", "--port", "x"],
    ["check", "--nonsense"],
    ["send", "a.json", "--lifetime", "soon"],
  ]) {
    const { code, err } = await run(args);
    expect([args, code, err.includes("Usage:")]).toEqual([args, 2, true]);
  }
  expect((await run(["--help"])).out).toContain("Usage:");
  expect((await run(["check", "missing.yaml"])).err).toContain("missing.yaml does not exist");
});
