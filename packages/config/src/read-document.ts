import { isPlainObject, LoggingError } from "@cordwood/core";
import type { DocumentOrigin } from "./dict-config.js";
import { substitute } from "./environment.js";
import { readText } from "./file-config.js";
import { guard } from "./guard.js";
import { parseIni } from "./ini.js";
import { iniDocument } from "./ini-document.js";
import { formOf, type Parsed, type Place, parse } from "./parse.js";
import { keysOf } from "./path.js";
import { ConfigError } from "./problem.js";

/** A configuration's file and those it extends, as one document. */
export interface DocumentFile {
  readonly document: Record<string, unknown>;
  readonly origin: DocumentOrigin;
  /** Every file that was read, with its text. */
  readonly files: ReadonlyMap<string, string>;
}

/** What reading depends on besides the file. */
export interface ReadOptions {
  /** Where `${NAME}` is looked up. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Longest chain of files that extend each other. */
const DEEPEST = 10;

/** Reads a file by its extension, follows `extends`, and fills in `${NAME:-default}`. @throws ConfigError, LoggingError */
export const readDocument = async (path: string | URL, options: ReadOptions = {}): Promise<DocumentFile> => {
  const { fileURLToPath } = process.getBuiltinModule("url");
  const { resolve } = process.getBuiltinModule("path");
  const full = resolve(path instanceof URL ? fileURLToPath(path) : path);
  if (formOf(full) === "ini") return readIni(full, options);
  const files = new Map<string, string>();
  const parsed: Parsed[] = [];
  const merged = await readFile(full, files, parsed, []);
  const locate = (keys: readonly (string | number)[]): Place | undefined => {
    // The place is in the first file that has all of it; the file that was asked for comes first.
    const [own] = parsed;
    const holder = parsed.find((one) => has(one.value, keys)) ?? own;
    return holder === own || holder === undefined ? own?.locate(keys) : undefined;
  };
  try {
    const { document, fromEnvironment } = substitute(merged, options.environment ?? process.env);
    return { document: document as Record<string, unknown>, origin: { fromEnvironment, locate }, files };
  } catch (error) {
    throw located(error, merged, locate);
  }
};

/** Gives the problems of an error their lines and columns. */
export const located = (
  error: unknown,
  document: unknown,
  locate: ((keys: readonly (string | number)[]) => Place | undefined) | undefined,
): unknown => {
  if (!(error instanceof ConfigError) || locate === undefined) return error;
  const problems = error.problems.map((problem) =>
    problem.line === undefined ? { ...problem, ...locate(keysOf(problem.path, document)) } : problem,
  );
  return new ConfigError(problems, error.cause === undefined ? undefined : { cause: error.cause });
};

const readIni = (path: string, options: ReadOptions): DocumentFile => {
  const text = readText(path);
  const ini = iniDocument(text, {}, undefined);
  const lines = parseIni(text).sections;
  const locate = (keys: readonly (string | number)[]): Place | undefined => {
    const line = lines.get(String(keys[0]))?.line;
    return line === undefined ? undefined : { line, column: 1 };
  };
  const { document, fromEnvironment } = substitute(ini.document, options.environment ?? process.env);
  return {
    document: document as Record<string, unknown>,
    origin: { rootFirst: true, placeOf: ini.placeOf, locate, fromEnvironment },
    files: new Map([[path, text]]),
  };
};

const readFile = async (
  path: string,
  files: Map<string, string>,
  parsed: Parsed[],
  above: readonly string[],
): Promise<Record<string, unknown>> => {
  if (above.includes(path))
    throw new LoggingError("EXTENDS_CIRCULAR", `${[...above, path].join(" extends ")}: a file cannot extend itself`);
  if (above.length >= DEEPEST) throw new LoggingError("EXTENDS_DEEP", `${path}: more than ${DEEPEST} files extend each other`);
  const form = formOf(path);
  if (form === "ini") throw new LoggingError("EXTENDS_INI", `${path}: an INI file cannot be extended; give it as JSON, YAML or TOML`);
  const text = readText(path);
  const one = await parse(text, form).catch((error: unknown) => {
    throw error instanceof ConfigError
      ? new ConfigError(error.problems.map((problem) => ({ ...problem, message: `${path}: ${problem.message}` })))
      : error;
  });
  parsed.push(one);
  files.set(path, text);
  let own: Record<string, unknown>;
  try {
    own = guard(one.value);
  } catch (error) {
    const { path: at = "", message } = error as { path?: string; message: string };
    throw new ConfigError([{ path: at, message, ...one.locate(keysOf(at, one.value)) }]);
  }
  const { dirname, resolve } = process.getBuiltinModule("path");
  const bases = own["extends"] === undefined ? [] : [own["extends"]].flat();
  delete own["extends"];
  let base: Record<string, unknown> = Object.create(null);
  for (const name of bases) {
    if (typeof name !== "string" || name === "")
      throw new ConfigError([{ path: "extends", message: "expected a file name or a list of them", ...one.locate(["extends"]) }]);
    base = merge(base, await readFile(resolve(dirname(path), name), files, parsed, [...above, path]));
  }
  return merge(base, own);
};

/** Objects member by member, everything else replaced; `null` takes a member away. */
const merge = (base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> => {
  const out: Record<string, unknown> = Object.assign(Object.create(null), base);
  for (const key of Object.keys(over)) {
    const [before, after] = [out[key], over[key]];
    if (isPlainObject(before) && isPlainObject(after)) out[key] = merge(before, after);
    else if (after === null && Object.hasOwn(base, key)) delete out[key];
    else out[key] = after;
  }
  return out;
};

const has = (value: unknown, keys: readonly (string | number)[]): boolean => {
  let at = value;
  for (const key of keys) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string | number, unknown>)[key];
  }
  return true;
};
