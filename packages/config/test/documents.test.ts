import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configSchema, loadConfig, tree } from "@cordwood/config";
import { getLogger, getLoggers, Handler, resetLogging } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse as parseToml } from "smol-toml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";

const folder = fileURLToPath(new URL("./documents", import.meta.url));
const documents = readdirSync(folder).sort();
const here = process.cwd();

beforeEach(resetLogging);
afterEach(() => {
  process.chdir(here);
  resetLogging();
});

class Kept extends Handler {
  readonly options: Readonly<Record<string, unknown>>;
  constructor(options: Readonly<Record<string, unknown>>) {
    super();
    this.options = options;
  }
  protected override emit(): void {}
}

class Plain {
  readonly options: unknown;
  constructor(options: unknown) {
    this.options = options;
  }
  format(record: { getMessage(): string }): string {
    return record.getMessage();
  }
  filter(): boolean {
    return true;
  }
}

/** The programs' own classes that some of the documents name; the programs would hand in theirs. */
const classes = {
  "django.utils.log.RequireDebugFalse": Plain,
  "django.utils.log.RequireDebugTrue": Plain,
  "django.utils.log.ServerFormatter": Plain,
  "django.utils.log.AdminEmailHandler": Kept,
  "uvicorn.logging.DefaultFormatter": Plain,
  "uvicorn.logging.AccessFormatter": Plain,
  "airflow.utils.log.secrets_masker.SecretsMasker": Plain,
  "project.logging.SpecialFilter": Plain,
  "__main__.filter_maker":
    ({ level }: { level: string }) =>
    (record: { levelname: string }) =>
      record.levelname <= level,
  "__main__.owned_file_handler": ({ filename, owner: _owner, ...options }: { filename: string; owner: string[] }) =>
    new FileHandler(filename, options),
};

describe("documents of Python projects", () => {
  test("there are at least thirty of them", () => {
    expect(documents.length).toBeGreaterThanOrEqual(30);
  });

  for (const document of documents) {
    test(`${document} loads unchanged`, async () => {
      using scratch = temporaryFolder();
      process.chdir(scratch.path);
      mkdirSync("logs");
      getLogger("made.before");
      await loadConfig(join(folder, document), { classes });
      const named = [...readFileSync(join(folder, document), "utf8").matchAll(/logs\/[\w.-]+\.log/g)].map(([name]) => name);
      const delayed = /delay|hourly/.test(readFileSync(join(folder, document), "utf8"));
      if (!delayed) expect(named.filter((name) => !existsSync(name))).toEqual([]);
      expect(getLoggers().length).toBeGreaterThan(0);
      expect(JSON.stringify(tree())).not.toMatch(/s3cret|correct horse/);
      process.chdir(here);
      resetLogging();
    });
  }

  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(configSchema);
  for (const document of documents.filter((name) => !name.endsWith(".ini"))) {
    test(`${document} is valid by the schema`, () => {
      const text = readFileSync(join(folder, document), "utf8");
      const value = document.endsWith(".json")
        ? JSON.parse(text)
        : document.endsWith(".toml")
          ? parseToml(text)
          : parseYaml(text, { version: "1.1", merge: true });
      expect(validate(value), `${basename(document)}: ${JSON.stringify(validate.errors?.slice(0, 3))}`).toBe(true);
    });
  }
});
