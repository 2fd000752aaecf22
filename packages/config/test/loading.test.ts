import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { build } from "esbuild";
import { expect, test } from "vitest";

const packages = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A project's folder with the named packages installed, as links. */
const project = (names: readonly string[]) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, "node_modules", "@cordwood"), { recursive: true });
  for (const name of names) symlinkSync(join(packages, name), join(folder.path, "node_modules", "@cordwood", name));
  return folder;
};

/** Tells which of the packages that documents may need are loaded. */
const HOOK = `
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const wanted = ["handlers-", "filters", "/yaml/", "smol-toml", "jsonc-parser"].some((part) => found.url.includes(part));
  if (wanted && !found.url.includes("/config/")) process._rawDebug("LOADED " + specifier);
  return found;
}
`;
const HOOKS = `import { register } from "node:module"; register("data:text/javascript,${encodeURIComponent(HOOK)}");`;

const loaded = async (
  script: string,
  names: readonly string[],
): Promise<{ readonly packages: readonly string[]; readonly stdout: string; readonly stderr: string }> => {
  using folder = project(names);
  writeFileSync(join(folder.path, "hooks.mjs"), HOOKS);
  writeFileSync(join(folder.path, "main.mjs"), script);
  const { stdout, stderr } = await runNode(join(folder.path, "main.mjs"), { cwd: folder.path, execArgv: ["--import", "./hooks.mjs"] });
  return {
    packages: [
      ...new Set([...stderr.matchAll(/^LOADED (.*)$/gm)].map(([, name]) => name as string).filter((name) => !name.startsWith("."))),
    ].sort(),
    stdout,
    stderr,
  };
};

const ALL = ["core", "formatters", "config", "handlers-file", "handlers-net", "handlers-queue", "filters"];

test("importing dictConfig, and a document of core's classes, loads no parser and no handler package", async () => {
  const found = await loaded(
    `import { dictConfig } from "@cordwood/config";
     await dictConfig({ version: 1, handlers: { h: { class: "logging.StreamHandler", stream: "ext://sys.stdout" } }, root: { handlers: ["h"] } });
     console.log("done");`,
    ALL,
  );
  expect(found).toMatchObject({ packages: [], stdout: "done\n" });
});

test("a document loads the packages it names, and a file its parser alone", async () => {
  const found = await loaded(
    `import { dictConfig, loadConfig } from "@cordwood/config";
     import { writeFileSync } from "node:fs";
     await dictConfig({ version: 1, handlers: { h: { class: "logging.FileHandler", filename: "x.log" } }, root: { handlers: ["h"] } });
     writeFileSync("a.yaml", "version: 1\\n");
     await loadConfig("a.yaml");`,
    ALL,
  );
  expect(found.packages).toEqual(["@cordwood/handlers-file", "yaml"]);
});

test("a package that is missing is told with the command that installs it", async () => {
  using folder = temporaryFolder();
  // Away from the workspace, so that nothing beside the program or beside config has it.
  mkdirSync(join(folder.path, "node_modules", "@cordwood"), { recursive: true });
  for (const name of ["core", "formatters", "config"]) {
    cpSync(join(packages, name, "dist"), join(folder.path, "node_modules", "@cordwood", name, "dist"), { recursive: true });
    cpSync(join(packages, name, "package.json"), join(folder.path, "node_modules", "@cordwood", name, "package.json"));
  }
  const script = join(folder.path, "main.mjs");
  writeFileSync(
    script,
    `import { basicConfig, dictConfig, dictConfigSync } from "@cordwood/config";
     const config = { version: 1, handlers: { audit: { class: "logging.handlers.SocketHandler", host: "x", port: 1 } } };
     await dictConfig(config).catch((error) => console.log(error.message));
     try { dictConfigSync(config); } catch (error) { console.log(error.message); }
     try { basicConfig({ filename: "x.log" }); } catch (error) { console.log(error.message); }`,
  );
  const { stdout, stderr, code } = await runNode(script, { cwd: folder.path, env: { NODE_PATH: "" } });
  expect([code, stderr]).toEqual([0, ""]);
  const [one, two, three] = stdout.trimEnd().split("\n");
  expect(one).toBe(
    'handlers.audit.class: SocketHandler is in @cordwood/handlers-net, which is not installed or not in the bundle; run: npm install @cordwood/handlers-net, or hand it in: packages: [await import("@cordwood/handlers-net")]',
  );
  expect(two).toBe(one);
  expect(three).toContain(
    'npm install @cordwood/handlers-file, or hand it in: packages: [await import("@cordwood/handlers-file")]; or give handlers: [new FileHandler("x.log")]',
  );
});

test("the CommonJS build finds packages beside itself and beside the program", async () => {
  using folder = project(ALL);
  const script = join(folder.path, "main.cjs");
  writeFileSync(
    script,
    `const { basicConfig, dictConfig, dictConfigSync, loadConfig } = require("@cordwood/config");
     const { getLogger } = require("@cordwood/core");
     const { readFileSync, writeFileSync } = require("node:fs");
     basicConfig({ filename: "a.log" });
     getLogger().error("basic");
     const config = { version: 1, handlers: { h: { class: "FileHandler", filename: "b.log" } }, root: { handlers: ["h"] } };
     dictConfigSync(config);
     getLogger().error("sync");
     dictConfig(config).then(async () => {
       getLogger().error("async");
       writeFileSync("c.toml", "version = 1\\nroot = { level = 'CRITICAL' }\\n");
       await loadConfig("c.toml");
       console.log(readFileSync("a.log", "utf8") + readFileSync("b.log", "utf8") + getLogger().level);
     });`,
  );
  expect(await runNode(script, { cwd: folder.path })).toMatchObject({ stdout: "ERROR:root:basic\nsync\nasync\n50\n", stderr: "" });
});

for (const format of ["esm", "cjs"] as const) {
  test(`a bundled program (${format}) works with its packages handed in`, async () => {
    using folder = project(ALL);
    const entry = join(folder.path, "main.ts");
    writeFileSync(
      entry,
      `import { dictConfig, dictConfigSync, loadConfig } from "@cordwood/config";
       import { getLogger } from "@cordwood/core";
       import * as file from "@cordwood/handlers-file";
       import * as net from "@cordwood/handlers-net";
       import { readFileSync, writeFileSync } from "node:fs";
       const config = {
         version: 1,
         formatters: { f: { format: "%(name)s %(message)s" } },
         handlers: {
           file: { class: "logging.handlers.RotatingFileHandler", filename: "out.log", maxBytes: 1000, backupCount: 1, formatter: "f" },
           udp: { class: "logging.handlers.DatagramHandler", host: "127.0.0.1", port: 9 },
         },
         loggers: { quiet: { handlers: ["udp"] } },
         root: { level: "INFO", handlers: ["file"] },
       } as const;
       const main = async () => {
         await dictConfig(config, { packages: [file, net] });
         getLogger("a").info("async");
         dictConfigSync({ ...config, disable_existing_loggers: false }, { packages: [file, net] });
         getLogger("a").info("sync");
         writeFileSync("c.yaml", "version: 1\\nincremental: true\\nroot: {level: ERROR}\\n");
         await loadConfig("c.yaml");
         getLogger("a").info("too low");
         await dictConfig({ version: 1, root: { handlers: [] } });
         console.log(readFileSync("out.log", "utf8"));
       };
       void main();`,
    );
    const outfile = join(folder.path, "bundled", format === "esm" ? "main.mjs" : "main.cjs");
    // The parser of YAML is CommonJS inside; in an ESM bundle such code needs a `require`, which is esbuild's usual advice.
    const banner =
      format === "esm"
        ? { banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } }
        : {};
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      minify: true,
      platform: "node",
      format,
      logLevel: "silent",
      ...banner,
    });
    using elsewhere = temporaryFolder();
    const script = join(elsewhere.path, format === "esm" ? "main.mjs" : "main.cjs");
    cpSync(outfile, script);
    const { stdout, stderr } = await runNode(script, { cwd: elsewhere.path });
    expect(stderr).toBe("");
    expect(stdout).toBe("a async\na sync\n\n");
  });
}

test.each(["cjs", "mjs"])("gives a program of .%s files handlers of the very classes that it loads itself", async (extension) => {
  using folder = project(["core", "config", "handlers-file", "handlers-queue"]);
  const names = { "@cordwood/core": "getLogger", "@cordwood/config": "dictConfig", "@cordwood/handlers-file": "FileHandler" };
  const queues = { "@cordwood/handlers-queue": "MemoryHandler" };
  const heads = Object.entries({ ...names, ...queues }).map(([from, name]) =>
    extension === "cjs" ? `const { ${name} } = require("${from}");` : `import { ${name} } from "${from}";`,
  );
  const main = join(folder.path, `main.${extension}`);
  writeFileSync(
    main,
    `${heads.join("\n")}
    dictConfig({
      version: 1,
      handlers: {
        file: { class: "logging.FileHandler", filename: "app.log", delay: true },
        memory: { class: "logging.handlers.MemoryHandler", capacity: 10, target: "file" },
      },
      root: { handlers: ["file", "memory"] },
    }).then(() => {
      const [file, memory] = getLogger().handlers;
      console.log(file instanceof FileHandler, file.constructor.name, memory instanceof MemoryHandler, memory.constructor.name);
    });`,
  );
  const { stdout, stderr } = await runNode(main, { cwd: folder.path });
  expect({ stdout, stderr }).toEqual({ stdout: "true FileHandler true MemoryHandler\n", stderr: "" });
});
