import { Handler, type HandlerOptions, type LogRecord } from "@cordwood/core";
import { cross } from "../crossing.js";
import { type DebugInstance, type DebugLike, debugOf } from "./debug-like.js";

export interface DebugHandlerOptions extends HandlerOptions {
  /** The copy of `debug` to write through. Default: the one this package finds. */
  readonly debug?: DebugLike;
}

/** Instances kept by name: records from elsewhere may bring any number of names. */
const MOST_INSTANCES = 1_000;

/**
 * Writes records through `debug`, for people who are used to `DEBUG=app:*`: logger `app.db` is namespace `app:db`, and a namespace that is off
 * drops the record, counted as `disabled`.
 */
export class DebugHandler extends Handler {
  readonly #debug: DebugLike;
  readonly #instances = new Map<string, DebugInstance>();

  /** @throws LoggingError `OPTION_INVALID` for a `debug` that is none. */
  constructor(options: DebugHandlerOptions = {}) {
    const debug = debugOf("DebugHandler", options.debug);
    super(options);
    this.#debug = debug;
  }

  protected override emit(record: LogRecord): void | "settled" {
    const instance = this.#instance(record.name);
    if (!instance.enabled) {
      this.counters.drop("disabled");
      return "settled";
    }
    const text = this.format(record);
    cross("debug", () => instance("%s", text));
  }

  #instance(name: string): DebugInstance {
    if (this.#instances.size >= MOST_INSTANCES) this.#instances.clear();
    let instance = this.#instances.get(name);
    if (instance === undefined) {
      instance = this.#debug(name.replaceAll(".", ":"));
      this.#instances.set(name, instance);
    }
    return instance;
  }
}
