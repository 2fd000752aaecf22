import { attempt } from "@cordwood/core";
import { join } from "./path.js";
import type { HandlerPlan, Plan } from "./plan.js";
import { Problems } from "./problem.js";

/** Where the handlers of a remotely sent document may write and connect to. */
export interface Confinement {
  /** Files, spools and certificates must lie in one of these folders. Default: anywhere. */
  readonly folders?: readonly string[];
  /** Names and addresses of the hosts that may be connected to. Default: any. */
  readonly hosts?: readonly string[];
}

/** Options that hold the name of a file or folder, by their place in the options. */
const FILES: readonly (readonly string[])[] = [["filename"], ["spool", "directory"], ["tls", "ca"], ["tls", "cert"], ["tls", "key"]];
const HOSTS: readonly (readonly string[])[] = [["host"], ["mailhost"], ["address"]];

/** @throws ConfigError naming each file and host that lies outside, without changing anything. */
export const confine = (plan: Plan, { folders, hosts }: Confinement): void => {
  const problems = new Problems();
  for (const handler of plan.handlers) {
    // What a class or function of the program's own does with its options cannot be seen from here.
    for (const keys of folders === undefined ? [] : FILES) {
      for (const name of texts(valueAt(handler, keys))) {
        if (!isPem(name) && !isInside(name, folders as readonly string[]))
          problems.add(placeOf(handler, keys), "lies outside of the folders that a remote document may name");
      }
    }
    for (const keys of hosts === undefined ? [] : HOSTS) {
      const host = hostOf(valueAt(handler, keys));
      if (host !== undefined && !(hosts as readonly string[]).includes(host))
        problems.add(placeOf(handler, keys), "is not among the hosts that a remote document may name");
    }
  }
  problems.throwIfAny();
};

const placeOf = (handler: HandlerPlan, keys: readonly string[]): string => keys.reduce(join, handler.path);

const valueAt = (handler: HandlerPlan, keys: readonly string[]): unknown =>
  keys.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    handler.make.options,
  );

const texts = (value: unknown): readonly string[] => {
  if (value instanceof URL) return [process.getBuiltinModule("url").fileURLToPath(value)];
  return [value].flat().filter((one): one is string => typeof one === "string");
};

const isPem = (text: string): boolean => text.includes("-----BEGIN ");

/** `host`, `host:port`, `[host, port]`, or a local socket, which is no host. */
const hostOf = (value: unknown): string | undefined => {
  const text: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof text !== "string" || text.startsWith("/")) return undefined;
  const bare = text
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/[/?#].*$/, "")
    .replace(/^.*@/, "");
  return (/^\[(.*)\]/.exec(bare)?.[1] ?? (bare.split(":").length > 2 ? bare : (bare.split(":")[0] as string))).toLowerCase();
};

/** Whether a file lies in one of the folders, links on the way followed. */
const isInside = (name: string, folders: readonly string[]): boolean => {
  const { dirname, join: joined, basename, relative, resolve, isAbsolute } = process.getBuiltinModule("path");
  const { realpathSync } = process.getBuiltinModule("fs");
  const real = (path: string): string =>
    attempt(() => realpathSync(path), undefined) ??
    joined(
      attempt(() => realpathSync(dirname(path)), dirname(path)),
      basename(path),
    );
  const file = real(resolve(name));
  return folders.some((folder) => {
    const rest = relative(real(resolve(folder)), file);
    return rest !== "" && !rest.startsWith("..") && !isAbsolute(rest);
  });
};
