import { attempt, isPlainObject, show } from "@cordwood/core";
import { kindOf } from "./guard.js";

const SECRET = /pass|secret|token|credential|apikey|api_key|private|auth(?!or)|signature|cookie|^pwd$|^key$|^pfx$|^hmac$|^headers$/i;
const HIDDEN = "[hidden]";
/** Shorter values would blank out half of any message. */
const SHORTEST = 4;

/** Whether what stands under a key must never be shown. */
export const isSecretKey = (key: string): boolean => SECRET.test(key);

/** Sections whose keys are names that the program chose, and say nothing about what is in them. */
const NAMED: ReadonlySet<string> = new Set(["formatters", "filters", "handlers", "loggers"]);

/** A value for a message: cut to a line, a password in an address hidden, and nothing at all of what stands under a secret key. */
export const shown = (value: unknown, path: string): string => {
  const parts = path.split(/[.[\]"]+/);
  if (parts.slice(NAMED.has(parts[0] as string) ? 2 : 0).some(isSecretKey)) return HIDDEN;
  if (typeof value === "string") return hideAddress(JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value));
  if (typeof value === "object" && value !== null) return containsSecret(value) ? kindOf(value) : hideAddress(show(value).slice(0, 100));
  return typeof value === "function" ? kindOf(value) : show(value);
};

/** Hides the user and password of addresses such as `https://user:password@host`. */
export const hideAddress = (text: string): string => text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@"']*@/gi, `$1${HIDDEN}@`);

/** All texts of a document that stand under secret keys, or are passwords inside addresses. */
export const secretsOf = (document: unknown): ReadonlySet<string> => {
  const secrets = new Set<string>();
  const walk = (value: unknown, secret: boolean, names = false): void => {
    if (typeof value === "string") {
      if (secret) secrets.add(value);
      for (const found of value.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/([^/\s@"']*)@/gi))
        for (const part of (found[1] as string).split(":").slice(-1)) secrets.add(part);
    } else if (attempt(() => Array.isArray(value), false)) for (const item of value as readonly unknown[]) walk(item, secret);
    else if (isPlainObject(value))
      for (const key of Object.keys(value)) walk(value[key], secret || (!names && isSecretKey(key)), value === document && NAMED.has(key));
  };
  walk(document, false);
  return secrets;
};

/** A text in which no secret of the document occurs. */
export const hideSecrets = (text: string, secrets: Iterable<string>): string => {
  let out = hideAddress(text);
  for (const secret of secrets) if (secret.length >= SHORTEST) out = out.replaceAll(secret, HIDDEN);
  return out;
};

const containsSecret = (value: object): boolean => secretsOf(value).size > 0;
