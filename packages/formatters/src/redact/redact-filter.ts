import { attempt, checkOptions, isError, isPlainObject, LoggingError, type LogRecord, type OptionNames, show } from "@cordwood/core";
import { REMOVED } from "./copies.js";
import { KeyMatcher } from "./key-matcher.js";
import { parsePath } from "./path.js";
import { type PathState, startOf } from "./path-matcher.js";
import { patternsOf, type SecretPattern } from "./patterns.js";
import { pseudonymizer } from "./pseudonym.js";
import { Redactor, type RedactPlan } from "./redactor.js";

/** What takes the place of a secret: nothing, the mask, or a pseudonym that is the same for the same value. */
export type RedactMode = "remove" | "mask" | { readonly hmac: string | Uint8Array };

export interface RedactFilterOptions {
  /**
   * Names of secret keys at any depth. Case, `_`, `-` and blanks make no difference; `*` stands for any characters; a regular expression
   * is tried on the name as it is. Default none; `SECRET_KEYS` is a list to begin with.
   */
  readonly keys?: readonly (string | RegExp)[];
  /**
   * Where secrets are, from the record's fields on: `user.password`, `req.headers["x-api-key"]`, `users[*].token`, `a.*.b`, `**.pin`. `*` is
   * one level, `**` any number of levels. The error is under `error` and `err`. Default none.
   */
  readonly paths?: readonly string[];
  /**
   * What secrets look like, wherever they stand in a text: names of built-in patterns, or regular expressions, whose named group `keep` is
   * left standing. Default none; `SECRET_PATTERNS` is a list to begin with. An expression of your own has to be quick on long texts.
   */
  readonly patterns?: readonly (SecretPattern | RegExp)[];
  /** What takes the place of a secret. Default `"mask"`. An HMAC key has at least 16 bytes. */
  readonly mode?: RedactMode;
  /** The mask. Default `[redacted]`. */
  readonly mask?: string;
}

const LAYERS = ["fields", "bound", "context"] as const;
const OPTIONS: OptionNames<RedactFilterOptions> = { keys: true, paths: true, patterns: true, mode: true, mask: true };

/** Names that hold secrets in nearly every program: for the `keys` of a `RedactFilter`. */
export const SECRET_KEYS: readonly string[] = [
  ...[
    "password",
    "*password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "*secret",
    "clientSecret",
    "token",
    "*token",
    "apiKey",
    "*apikey",
  ],
  ...[
    "accessKey",
    "secretKey",
    "secretAccessKey",
    "*secretAccessKey",
    "privateKey",
    "encryptionKey",
    "authorization",
    "proxyAuthorization",
    "cookie",
    "cookies",
    "setCookie",
  ],
  ...[
    "credential",
    "credentials",
    "sessionId",
    "pin",
    "otp",
    "cvv",
    "cvc",
    "cardNumber",
    "ssn",
    "xApiKey",
    "xAuthToken",
    "xAmzSecurityToken",
  ],
];

/**
 * A filter that gives handlers a copy of the record without its secrets: in fields of every layer, in arguments, inside errors, Maps, Sets and
 * class instances, in the message and in texts. The caller's objects stay as they are; a record without secrets passes as it is.
 * Put it on the handlers, or on the logger that the records are logged at: as in Python, a logger's filters do not see its children's records.
 */
export class RedactFilter {
  readonly #plan: RedactPlan;
  readonly #start: PathState;
  readonly #error: PathState;
  /** Where no path leads on. */
  readonly #end = startOf([]);
  readonly #errorGoes: boolean;
  readonly #searchesText: boolean;
  #redactor: Redactor;
  #busy = false;

  /** @throws LoggingError for an unknown option, a path that is none, an unknown pattern, a key that is too short, or nothing to look for. */
  constructor(options: RedactFilterOptions) {
    checkOptions("RedactFilter", options, OPTIONS);
    const { keys = [], paths = [], patterns = [], mode = "mask", mask = "[redacted]" } = options;
    for (const [name, list] of Object.entries({ keys, paths, patterns }))
      if (!Array.isArray(list)) throw new LoggingError("OPTION_INVALID", `RedactFilter: ${name} is ${show(list)}; give a list`);
    if (keys.length + paths.length + patterns.length === 0)
      throw new LoggingError("OPTION_INVALID", "RedactFilter: nothing to look for; give keys, paths or patterns");
    if (typeof mask !== "string") throw new LoggingError("OPTION_INVALID", `RedactFilter: mask is ${show(mask)}; give a text`);
    this.#plan = {
      keys: new KeyMatcher(keys),
      patterns: patterns.flatMap(patternsOf),
      replace: replacement(mode, mask),
      // One pattern may come upon what another has left, the end of which it may not take for part of a secret.
      isReplacement: (text) =>
        typeof mode === "object"
          ? text.startsWith("hmac-sha256:")
          : mask.length > 3 && text.length > 3 && (text.startsWith(mask) || mask.startsWith(text)),
      unseen: "[redacted: too much to look through]",
    };
    this.#start = startOf(paths.map((path, i) => parsePath(path, `RedactFilter: paths[${i}]`)));
    const underError = this.#start.step("error");
    const underErr = this.#start.step("err");
    this.#error = underError.next.dead ? underErr.next : underError.next;
    this.#errorGoes = underError.hit || underErr.hit || this.#plan.keys.matches("error");
    this.#searchesText = this.#plan.patterns.length > 0 || !this.#plan.keys.empty;
    this.#redactor = new Redactor(this.#plan);
  }

  /** The record itself, or a copy without its secrets. */
  filter(record: LogRecord): LogRecord {
    // A getter that logs comes back here while its own record is looked through.
    if (this.#busy) return this.#redact(record, new Redactor(this.#plan));
    this.#busy = true;
    try {
      return this.#redact(record, this.#redactor);
    } finally {
      this.#busy = false;
    }
  }

  #redact(record: LogRecord, redactor: Redactor): LogRecord {
    redactor.begin();
    let changes: Record<string, unknown> | undefined;
    for (const layer of LAYERS) {
      const source = record[layer];
      if (source === undefined) continue;
      const clean = this.#layer(source, redactor);
      if (clean !== source) (changes ??= {})[layer] = clean;
    }
    if (changes !== undefined)
      for (const layer of LAYERS) if (changes[layer] !== undefined) changes[layer] = redactor.relinked(changes[layer] as object, this.#end);
    if (record.error !== undefined) {
      const clean = this.#errorGoes ? redactor.masked(record.error) : redactor.value(record.error, this.#error, 0);
      if (clean !== record.error) (changes ??= {})["error"] = clean === REMOVED ? undefined : clean;
    }
    const args = record.args;
    if (!Array.isArray(args) || args.length > 0) {
      const clean = attempt(() => this.#args(args, redactor), [this.#plan.unseen]);
      if (clean !== args) (changes ??= {})["args"] = clean;
    }
    const copy = changes === undefined ? record : record.with(changes);
    return this.#searchesText ? this.#texts(copy, redactor) : copy;
  }

  #layer(source: object, redactor: Redactor): object {
    try {
      return redactor.fields(source, this.#start, 0);
    } catch {
      // Fields that cannot even be listed are not passed on unseen.
      return { "…": this.#plan.unseen };
    }
  }

  /** Arguments are seen as fields are: `%(password)s` reads a key, and an object left over is written with its keys. */
  #args(args: readonly unknown[] | object, redactor: Redactor): readonly unknown[] | object {
    if (!Array.isArray(args)) return isPlainObject(args) ? this.#layer(args, redactor) : (redactor.value(args, this.#start, 0) as object);
    const clean = args.map((arg: unknown) => {
      if (typeof arg !== "object" || arg === null) return redactor.value(arg, this.#start, 0);
      if (isError(arg)) return redactor.value(arg, this.#error, 0);
      return redactor.value(arg, this.#start, 0);
    });
    return clean.some((arg, i) => arg !== args[i]) ? clean : args;
  }

  #texts(record: LogRecord, redactor: Redactor): LogRecord {
    let changes: Record<string, unknown> | undefined;
    const message = record.message;
    const clean = redactor.text(message);
    if (clean !== message) (changes ??= {})["message"] = clean;
    // A format whose secrets are cut short by a precision still holds them.
    else if (typeof record.msg === "string") {
      const msg = redactor.text(record.msg);
      if (msg !== record.msg) (changes ??= {})["message"] = clean;
    }
    for (const key of ["excText", "stackInfo"] as const) {
      const text = record[key];
      const shown = typeof text === "string" ? redactor.text(text) : text;
      if (shown !== text) (changes ??= {})[key] = shown;
    }
    return changes === undefined ? record : record.with(changes);
  }
}

function replacement(mode: RedactMode, mask: string): ((secret: string) => string) | undefined {
  if (mode === "remove") return undefined;
  if (mode === "mask") return () => mask;
  const key: unknown = attempt(() => (mode as { hmac?: unknown }).hmac, undefined);
  if (key === undefined)
    // A key under a misspelt name is a secret all the same.
    throw new LoggingError(
      "OPTION_INVALID",
      `RedactFilter: mode is ${typeof mode === "object" ? "an object without hmac" : show(mode)}; give "remove", "mask" or { hmac: key }`,
    );
  checkOptions("RedactFilter: mode", mode as object, { hmac: true });
  return pseudonymizer(key as string | Uint8Array);
}
