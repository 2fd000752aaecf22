import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAnnouncedEntry, makeLazyEntry } from "../src/lazy-entry.js";

const temporary = mkdtempSync(join(tmpdir(), "cordwood-lazy-entry-"));
const app = join(temporary, "app");
const folder = join(app, "node_modules", "lazy");
const base = join(app, "node_modules", "base");
const options = { folder, externals: ["base"], target: "es2022", define: { IN_COMMONJS: "part.commonjs" } };
const PARTS = { one: ["One", "twice"], two: ["Two", "WORDS"], three: ["TABLE", "where"] };

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
/** What the program prints as JSON. */
const run = (file: string, text: string, where = app, args: readonly string[] = []): unknown => {
  write(join(where, file), text);
  const { stdout, stderr } = spawnSync(process.execPath, [...args, file], { cwd: where, encoding: "utf8" });
  return stdout === "" ? stderr : JSON.parse(stdout);
};
/** A package that parts need, as an ES module that tells of itself and as CommonJS; both say which they are. */
const writeBase = async (where: string, version: string): Promise<void> => {
  write(
    join(where, "package.json"),
    `{"name":"base","version":"${version}","type":"module","sideEffects":false,"exports":{".":{"import":"./dist/node.mjs","require":"./dist/index.cjs"},"./package.json":"./package.json"}}`,
  );
  write(
    join(where, "dist", "index.js"),
    'class Base {\n}\nvar kindOf = "module";\nexport {\n  Base,\n  kindOf as kind\n};\n//# sourceMappingURL=index.js.map',
  );
  write(join(where, "dist", "index.cjs"), 'exports.Base = class Base {};\nexports.kind = "CommonJS";\n');
  await makeAnnouncedEntry(where);
};
// Which files have been read: each says so.
const LOADED = "globalThis.loaded ?? []";

beforeAll(async () => {
  const said = (name: string) => `(globalThis.loaded ??= []).push("${name}");`;
  await writeBase(base, "1.2.0");
  write(
    join(folder, "package.json"),
    `{"name":"lazy","version":"1.0.0","type":"module","exports":{"import":{"module":"./dist/whole.js","node":"./dist/node.mjs"},"require":"./dist/index.cjs"}}`,
  );
  write(join(folder, "dist", "whole.js"), "throw new Error('the whole package was taken');\n");
  write(
    join(folder, "src", "index.ts"),
    'export { type Shape, One } from "./one.js";\nexport { twice } from "./twice.js";\nexport { Two, WORDS } from "./two.js";\nexport { TABLE, where } from "./three.js";\n',
  );
  write(
    join(folder, "src", "one.ts"),
    `import { Base } from "base";\nimport { twice } from "./twice.js";\n${said("one")}\nexport interface Shape {\n  readonly size: number;\n}\nexport class One extends Base implements Shape {\n  readonly size = twice(4);\n  fail(): never {\n    throw new Error("on line 11");\n  }\n}\n`,
  );
  write(join(folder, "src", "twice.ts"), `${said("twice")}\nexport const twice = (value: number): number => 2 * value;\n`);
  write(
    join(folder, "src", "two.ts"),
    `import { Base as Above, kind } from "base";\nimport { twice as double } from "./twice.js";\n${said("two")}\nexport class Two extends Above {\n  readonly kind = kind;\n  readonly size = double(1);\n}\nexport const WORDS: readonly string[] = Object.freeze(["a", "b"]);\n`,
  );
  write(
    join(folder, "src", "three.ts"),
    `${said("three")}\nimport { basename } from "node:path";\nimport * as base from "base";\ndeclare const IN_COMMONJS: boolean;\nexport const where = () => [base.kind, basename(import.meta.url), IN_COMMONJS];\nexport const TABLE = { a: 1, inner: { list: [1], long: "x".repeat(3_000), name: basename("/on/disk") } };\n`,
  );
  (globalThis as { loaded?: string[] }).loaded = [];
  await makeLazyEntry(PARTS, options);
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const PROGRAM = `
  const before = [...(${LOADED})];
  const two = new Two();
  const after = [...(${LOADED})];
  console.log(JSON.stringify([before, after, two.kind, two.size, two instanceof Base, twice(5), new One().size, WORDS, Object.isFrozen(WORDS), One.name, twice.name]));
`;
const printed = (kind: string) => [[], ["twice", "two"], kind, 2, true, 10, 8, ["a", "b"], true, "One", "twice"];

describe("the entry that is made", () => {
  test("loads a part when it is first used, as an ES module", () => {
    expect(run("a.mjs", `import { Base } from "base";\nimport { One, Two, WORDS, twice } from "lazy";\n${PROGRAM}`)).toEqual(
      printed("module"),
    );
  });

  test("loads a part when it is first used, as CommonJS", () => {
    expect(
      run(
        "a.cjs",
        `const { Base } = require("base");\nconst lazy = require("lazy");\n${PROGRAM.replace(/\b(Two|One|WORDS|twice)\b(?=[(,).])/g, "lazy.$1")}`,
      ),
    ).toEqual(printed("CommonJS"));
  });

  test("has every export, in both entries", () => {
    expect(run("keys.mjs", 'import * as lazy from "lazy"; console.log(JSON.stringify(Object.keys(lazy).sort()));')).toEqual(
      Object.values(PARTS).flat().sort(),
    );
    expect(run("keys.cjs", 'console.log(JSON.stringify(Object.keys(require("lazy")).sort()));')).toEqual(
      Object.values(PARTS).flat().sort(),
    );
  });

  test("its parts know where it is and of which kind", () => {
    expect(run("where.mjs", 'import { where } from "lazy"; console.log(JSON.stringify(where()));')).toEqual(["module", "node.mjs", false]);
    expect(run("where.cjs", 'console.log(JSON.stringify(require("lazy").where()));')).toEqual(["CommonJS", "index.cjs", true]);
  });

  test("an object is loaded when a member is asked for, and is then like any other", () => {
    const text = `const before = [...(${LOADED})]; const keys = Object.keys(TABLE); const between = [...(${LOADED})];
      console.log(JSON.stringify([before, keys, between, TABLE, TABLE.inner === TABLE.inner, TABLE.a, Object.getOwnPropertyDescriptor(TABLE, "a"), ${LOADED}]));`;
    expect(run("table.mjs", `import { TABLE } from "lazy";\n${text}`)).toEqual([
      [],
      ["a", "inner"],
      [],
      { a: 1, inner: { list: [1], long: "x".repeat(3_000), name: "disk" } },
      true,
      1,
      { configurable: true, enumerable: true, value: 1, writable: true },
      ["three"],
    ]);
  });

  test("its parts' maps lead to the lines of the source", () => {
    const text = 'import { One } from "lazy"; try { new One().fail(); } catch (error) { console.log(JSON.stringify(error.stack)); }';
    expect(run("stack.mjs", text, app, ["--enable-source-maps"])).toMatch(/src[/\\]one\.ts:10:11/);
  });

  test.each([
    ["esm", "mjs"],
    ["cjs", "cjs"],
  ] as const)("a bundler that takes it finds the parts: %s", async (format, extension) => {
    const entry = join(app, "bundled.mjs");
    write(
      entry,
      `import { Base } from "base";\nimport { One, TABLE, Two, WORDS, twice } from "lazy";\nif (TABLE.inner.name !== "disk") throw TABLE;\nglobalThis.loaded.length = 0;\n${PROGRAM}`,
    );
    const elsewhere = mkdtempSync(join(temporary, "elsewhere-"));
    const outfile = join(elsewhere, `program.${extension}`);
    // A condition of one's own turns "module" off.
    await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format, conditions: ["mine"], logLevel: "silent" });
    const { stdout, stderr } = spawnSync(process.execPath, [outfile], { cwd: elsewhere, encoding: "utf8" });
    expect([stdout === "" ? stderr : JSON.parse(stdout)]).toEqual([printed("module")]);
  });

  test("is found where a `require` of somebody else is about, as in `node -e`", () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", 'import("lazy").then(({ One }) => console.log(new One().size))'], {
      cwd: app,
      encoding: "utf8",
    });
    expect(stdout + stderr).toBe("8\n");
  });

  test("has nothing twice: what two parts need is a file of its own", () => {
    expect(readdirSync(join(folder, "dist", "parts")).filter((name) => name.endsWith(".cjs")).length).toBe(4);
  });
});

describe("the packages that parts need", () => {
  const KIND = "new Two().kind";
  const program = (head: string, asked = KIND): string => `${head}\nconsole.log(JSON.stringify([${asked}]));`;
  const EARLY = 'import { Two } from "lazy";\nexport const two = new Two();\n';

  test("are those that have been imported, and none is imported for a part that nobody uses", () => {
    expect(
      run("imported.mjs", program('import { Base } from "base";\nimport { Two } from "lazy";', `${KIND}, new Two() instanceof Base`)),
    ).toEqual(["module", true]);
    expect(
      run("unused.mjs", program('import * as lazy from "lazy";', `globalThis[Symbol.for("@cordwood/entries.v1")].map(({ name }) => name)`)),
    ).toEqual([["lazy"]]);
  });

  test("are found where a part is used before they are imported, as the same module", () => {
    write(join(app, "early.mjs"), EARLY);
    const late = 'import { two } from "./early.mjs";\nimport { Base } from "base";';
    expect(run("late.mjs", program(late, "two.kind, two instanceof Base"))).toEqual(["module", true]);
    expect(run("alone.mjs", program('import { two } from "./early.mjs";', "two.kind"))).toEqual(["module"]);
  });

  test("are CommonJS where an ES module cannot be had at once", () => {
    const head = 'import { two } from "./early.mjs";';
    expect(run("old.mjs", program(head, "two.kind"), app, ["--no-experimental-require-module"])).toEqual(["CommonJS"]);
  });

  test("are the package's own where the one that is imported is too old, of another major version, or not the only one", async () => {
    const inside = join(folder, "node_modules", "base");
    const head = 'import { Base } from "base";\nimport { Two } from "lazy";';
    for (const [version, ofTheProgram] of [
      ["1.1.9", false],
      ["2.2.0", false],
      ["1.2.1", true],
      ["1.3.0", true],
    ] as const) {
      cpSync(base, inside, { recursive: true });
      await writeBase(base, version);
      expect([version, run("versions.mjs", program(head, `${KIND}, new Two() instanceof Base`))]).toEqual([
        version,
        ["module", ofTheProgram],
      ]);
      const both = `${head}\nimport { Base as Inner } from "./node_modules/lazy/node_modules/base/dist/node.mjs";`;
      expect(run("both.mjs", program(both, "new Two() instanceof Base, new Two() instanceof Inner"))).toEqual([false, true]);
      rmSync(inside, { recursive: true });
      await writeBase(base, "1.2.0");
    }
  });
});

describe("parts that do not fit the package", () => {
  test("an export in no part", async () => {
    await expect(makeLazyEntry({ ...PARTS, two: ["Two"] }, options)).rejects.toThrow("WORDS: exported by src/index.ts, and in no part");
  });

  test("a name that is not exported", async () => {
    await expect(makeLazyEntry({ ...PARTS, four: ["Four"] }, options)).rejects.toThrow("Four: in a part, and not exported by src/index.ts");
  });
});
