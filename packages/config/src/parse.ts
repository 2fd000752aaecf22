import { LoggingError } from "@cordwood/core";
import type { ParseError } from "jsonc-parser";
import { ConfigError } from "./problem.js";

/** The forms of a configuration's file. */
export type Form = "json" | "yaml" | "toml" | "ini";

/** A place in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What a file holds, and where in it something stands. */
export interface Parsed {
  readonly value: unknown;
  /** The place of what keys lead to, or of the nearest part above that is there. */
  locate(keys: readonly (string | number)[]): Place | undefined;
}

const FORMS: Readonly<Record<string, Form>> = {
  ".json": "json",
  ".jsonc": "json",
  ".json5": "json",
  ".yaml": "yaml",
  ".yml": "yaml",
  ".toml": "toml",
  ".ini": "ini",
  ".conf": "ini",
  ".cfg": "ini",
};

/** The form that a file's extension stands for. @throws LoggingError `FORMAT_UNKNOWN` */
export const formOf = (path: string): Form => {
  const extension = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? "";
  const form = FORMS[extension];
  if (form !== undefined) return form;
  throw new LoggingError(
    "FORMAT_UNKNOWN",
    `${path}: the extension ${JSON.stringify(extension)} says nothing about the format; use ${Object.keys(FORMS).join(", ")}`,
  );
};

/** Most uses of YAML's anchors: each may repeat what it stands for, and so on. */
const MOST_ALIASES = 100;

/** Reads JSON (with comments and trailing commas), YAML or TOML; each parser is loaded when it is first needed. @throws ConfigError with line and column */
export const parse = async (text: string, form: Exclude<Form, "ini">): Promise<Parsed> => {
  try {
    return await PARSERS[form](text);
  } catch (error) {
    // The parsers call themselves for each level, and run out of stack some thousand levels down.
    if (error instanceof RangeError)
      throw new ConfigError([{ path: "", message: "more levels of nesting than can be read; 64 are the most" }]);
    throw error;
  }
};

const failed = (message: string, place: Place): ConfigError =>
  // Parsers like to show the line, and a password may stand on it: the message alone has to do.
  new ConfigError([{ path: "", message: `line ${place.line}, column ${place.column}: ${message.split("\n")[0]}`, ...place }]);

const placeAt = (text: string, offset: number): Place => {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
};

const parseJson = async (text: string): Promise<Parsed> => {
  const { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined)
    throw failed(
      printParseErrorCode(first.error).replace(/(?<=[a-z])([A-Z])/g, (_, letter: string) => ` ${letter.toLowerCase()}`),
      placeAt(text, first.offset),
    );
  return {
    // From the tree, whose objects have no prototype: a key "__proto__" stays a key, and is refused like any other of its kind.
    value: root === undefined ? undefined : (getNodeValue(root) as unknown),
    locate: (keys) => {
      for (let depth = keys.length; root !== undefined && depth >= 0; depth--) {
        const node = findNodeAtLocation(root, keys.slice(0, depth));
        // Of a member, its key is what one looks for.
        if (node !== undefined) return placeAt(text, node.parent?.type === "property" ? node.parent.offset : node.offset);
      }
      return undefined;
    },
  };
};

const parseYaml = async (text: string): Promise<Parsed> => {
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  // What Python projects write is YAML 1.1, as PyYAML reads it: yes and no, 0644, merge keys.
  const document = parseDocument(text, { version: "1.1", merge: true, lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined) throw failed(first.message, place(first.pos[0]));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error), { line: 1, column: 1 });
  }
  return {
    value,
    locate: (keys) => {
      for (let depth = keys.length; depth > 0; depth--) {
        const above: unknown = depth === 1 ? document.contents : document.getIn(keys.slice(0, depth - 1), true);
        const key = isMap(above)
          ? above.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(keys[depth - 1]))?.key
          : document.getIn(keys.slice(0, depth), true);
        const range = (key as { range?: readonly number[] } | undefined)?.range;
        if (range?.[0] !== undefined) return place(range[0]);
      }
      return { line: 1, column: 1 };
    },
  };
};

const parseToml = async (text: string): Promise<Parsed> => {
  const { parse: read, TomlError } = await import("smol-toml");
  try {
    return { value: read(text), locate: (keys) => findInToml(text, keys) };
  } catch (error) {
    if (error instanceof TomlError)
      throw failed(error.message.replace(/^Invalid TOML document: /, ""), { line: error.line, column: error.column });
    throw error;
  }
};

/** The nearest table header or key, by its text: TOML's parser tells no places. */
const findInToml = (text: string, keys: readonly (string | number)[]): Place | undefined => {
  const lines = text.split("\n");
  const bare = (name: string): string => name.replaceAll(/["'\s]/g, "");
  let header = "";
  let best: { readonly depth: number; readonly place: Place } | undefined;
  lines.forEach((line, index) => {
    const table = /^\s*\[+([^\]]+)\]+/.exec(line)?.[1];
    if (table !== undefined) header = bare(table);
    const key = table === undefined ? /^\s*([^=#]+?)\s*=/.exec(line)?.[1] : "";
    if (key === undefined) return;
    const full = [header, bare(key)].filter(Boolean).join(".");
    for (let depth = keys.length; depth > (best?.depth ?? 0); depth--) {
      if (full === bare(keys.slice(0, depth).join(".")))
        best = { depth, place: { line: index + 1, column: line.length - line.trimStart().length + 1 } };
    }
  });
  return best?.place;
};

const PARSERS = { json: parseJson, yaml: parseYaml, toml: parseToml } as const;
