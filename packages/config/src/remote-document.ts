import { isPlainObject } from "@cordwood/core";
import { guard } from "./guard.js";
import { join } from "./path.js";
import { ProblemAt, Problems } from "./problem.js";
import { shown } from "./secrets.js";

/** What a remotely sent document may do. */
export type Scope = "levels" | "full";

/** A message, taken apart. */
export interface RemoteDocument {
  readonly document: Record<string, unknown>;
  /** After so many milliseconds the former configuration returns. `undefined`: never. */
  readonly lifetimeMs: number | undefined;
  /** Whether the sender waits for an answer. */
  readonly reply: boolean;
}

/** Keys about the message; Python's server ignores them. */
const ABOUT = ["lifetimeMs", "lifetime_ms", "reply"] as const;

/** Separates what is about the message from the document itself. @throws ProblemAt */
export const remoteDocument = (value: unknown): RemoteDocument => {
  const document = guard(value);
  const lifetimeMs = document["lifetimeMs"] ?? document["lifetime_ms"];
  if (lifetimeMs !== undefined && !(Number.isSafeInteger(lifetimeMs) && (lifetimeMs as number) > 0)) {
    throw new ProblemAt("lifetimeMs", `expected a whole number of milliseconds, got ${shown(lifetimeMs, "lifetimeMs")}`);
  }
  const reply = document["reply"] === true;
  for (const key of ABOUT) delete document[key];
  return { document, lifetimeMs: lifetimeMs as number | undefined, reply };
};

/**
 * A document under the scope `"levels"`: levels and `propagate` of loggers, levels of handlers, and nothing that names a class, a file, a
 * host or a logger's handlers. It is applied as an incremental one, whether it says so or not.
 * @throws ConfigError naming everything else it holds.
 */
export const levelsOnly = (document: Record<string, unknown>): Record<string, unknown> => {
  const problems = new Problems();
  const allow = (value: unknown, path: string, keys: readonly string[]): void => {
    if (!isPlainObject(value)) return;
    for (const key of Object.keys(value)) {
      if (!keys.includes(key))
        problems.add(
          join(path, key),
          'is not among what scope "levels" lets a remote document change: levels and propagate; listen with scope: "full" to allow it',
        );
    }
  };
  allow(document, "", ["version", "incremental", "loggers", "root", "handlers"]);
  allow(document["root"], "root", ["level"]);
  for (const [section, keys] of [
    ["loggers", ["level", "propagate"]],
    ["handlers", ["level"]],
  ] as const) {
    const table = document[section];
    if (isPlainObject(table)) for (const name of Object.keys(table)) allow(table[name], join(section, name), keys);
  }
  for (const [path, text] of references(document, ""))
    problems.add(path, `${text.slice(0, 6)} references are not followed in a remote document under scope "levels"`);
  problems.throwIfAny();
  return { ...document, incremental: true };
};

const references = (value: unknown, path: string): (readonly [string, string])[] => {
  if (typeof value === "string") return /^(ext|cfg):\/\//.test(value) ? [[path, value]] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => references(item, join(path, index)));
  return isPlainObject(value) ? Object.keys(value).flatMap((key) => references(value[key], join(path, key))) : [];
};
