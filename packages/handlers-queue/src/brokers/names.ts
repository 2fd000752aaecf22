import { LoggingError, show } from "@cordwood/core";

/** Names at a broker: no spaces, no control characters, none of the characters that mean something there. */
const NAME = /^[A-Za-z0-9_:.-]{1,200}$/;

/** @throws LoggingError `OPTION_INVALID` for a name that could mean something else to the broker. */
export function checkName(owner: string, option: string, value: string, pattern: RegExp = NAME): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new LoggingError(
    "OPTION_INVALID",
    `${owner}: ${option} is ${show(value)}; give 1 to 200 letters, digits, _ or - (and . or : where names may have parts)`,
  );
}

/** An address without what is secret in it. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//").replace(/[?#].*$/, "");
}

/** Loads a broker's client library, which is the user's to install. @throws LoggingError `PACKAGE_MISSING`. */
export async function loadClient<T>(owner: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new LoggingError("PACKAGE_MISSING", `${owner} needs the package ${name}, which cannot be loaded; npm install ${name}`, { cause });
  }
}

/** This consumer's name among others of its kind: the same for as long as the process lives. */
export function consumerName(): string {
  const { process } = globalThis as { process?: { pid?: number; getBuiltinModule?(name: string): unknown } };
  const os = process?.getBuiltinModule?.("node:os") as { hostname(): string } | undefined;
  return `${(os?.hostname() ?? "host").replace(/[^A-Za-z0-9_-]/g, "-")}-${process?.pid ?? 0}`;
}
