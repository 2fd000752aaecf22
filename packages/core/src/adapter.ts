import { interpret } from "./call.js";
import { invalid } from "./errors.js";
import type { Level } from "./levels.js";
import { LogMethods, report } from "./log-methods.js";
import { attempt, read } from "./values.js";

/** What an adapter can stand on: a logger, a view, another adapter. */
export interface AdapterTarget {
  readonly name: string;
  isEnabledFor(level: Level): boolean;
  setLevel(level: Level): void;
  getEffectiveLevel(): number;
  hasHandlers(): boolean;
}

interface LoggerView extends AdapterTarget {
  with(fields: object, options: { readonly callSiteSkip: number }): LogMethods;
}

/** What `process` may change beside the message. */
export interface AdapterCall {
  /** Fields of the record; `null`: none. */
  readonly extra?: object | null;
}

export interface LoggerAdapterOptions {
  /** Keeps the call's own fields, which then win. Default `false`: the adapter's replace them, as in Python. */
  readonly mergeExtra?: boolean;
}

/**
 * Wraps a logger and has a say in each call: `process(message, { extra })` gives what is logged instead. By default it puts the adapter's
 * fields in the place of the call's own. `extra` may be a plain object, a `Map`, any object with `keys()` and `get(key)`, or an instance whose
 * getters compute the values; it is read at each call.
 */
export class LoggerAdapter extends LogMethods {
  readonly logger: AdapterTarget;
  readonly extra: object | null;
  readonly mergeExtra: boolean;

  /** @throws LoggingError `LOGGER_INVALID` when `logger` is nothing that logs. */
  constructor(logger: AdapterTarget, extra: object | null = null, options: LoggerAdapterOptions = {}) {
    super();
    if (typeof (logger as AdapterTarget | null)?.isEnabledFor !== "function") {
      throw invalid("LOGGER_INVALID", logger, "a logger");
    }
    this.logger = logger;
    this.extra = extra;
    this.mergeExtra = options.mergeExtra ?? false;
  }

  get name(): string {
    return this.logger.name;
  }

  /** @internal */
  get floor(): number {
    return -Infinity;
  }

  /** The message and fields to log in place of those of the call. Override it to put something of your own before the message. */
  process(message: unknown, call: AdapterCall): [message: unknown, call: AdapterCall] {
    return [message, { ...call, extra: this.mergeExtra && call.extra ? { ...toFields(this.extra), ...call.extra } : this.extra }];
  }

  isEnabledFor(level: Level): boolean {
    return this.logger.isEnabledFor(level);
  }

  setLevel(level: Level): void {
    this.logger.setLevel(level);
  }

  getEffectiveLevel(): number {
    return this.logger.getEffectiveLevel();
  }

  hasHandlers(): boolean {
    return this.logger.hasHandlers();
  }

  /** @internal */
  call(level: number, message: unknown, args: readonly unknown[], thrown?: unknown): void {
    // The level first, then the work of `process`.
    if (!this.isEnabledFor(level)) return;
    const meant = interpret(message, args, thrown);
    let { msg } = meant;
    let call: AdapterCall = { extra: meant.fields ?? null };
    let target: AdapterTarget = this;
    // Adapters nest, also those of another copy of core: each has its say, from the outermost inwards.
    while (typeof (target as LoggerAdapter).process === "function") {
      const adapter = target as LoggerAdapter;
      try {
        [msg, call] = adapter.process(msg, call);
      } catch (error) {
        report("adapter", error);
      }
      target = adapter.logger;
    }
    const fields = attempt(() => toFields(call.extra)) ?? {};
    const rest = Array.isArray(meant.args) ? meant.args : [meant.args];
    (target as LoggerView).with(fields, { callSiteSkip: 1 }).call(level, msg, rest, meant.error);
  }
}

/** Plain fields of a dict-like object: a map, something with `keys()` and `get(key)`, an instance with getters. */
function toFields(extra: object | null | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  if (!extra) return fields;
  const { keys, get } = extra as { keys?(): Iterable<string>; get?(key: string): unknown };
  if (typeof keys === "function" && typeof get === "function") {
    for (const key of attempt(() => keys.call(extra), [] as Iterable<string>))
      fields[key] = attempt(() => get.call(extra, key), "[throws]");
    return fields;
  }
  for (let level: object = extra; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (key in fields || !(level === extra ? property.enumerable : property.get)) continue;
      fields[key] = read(extra, key);
    }
  }
  return fields;
}
