import { errorText, Handler, type HandlerOptions, LoggingError, type LogRecord, plainData, show } from "@cordwood/core";
import { nameKey } from "../options.js";
import { FROM_CORDWOOD } from "./mark.js";
import { winstonName } from "./winston-level.js";

/** What is asked of a winston logger. */
export interface WinstonLike {
  /** The set of level names, each with its rank. */
  readonly levels: Readonly<Record<string, number>>;
  log(info: object): unknown;
  isLevelEnabled?(level: string): boolean;
}

export interface WinstonHandlerOptions extends HandlerOptions {
  /** Key of the logger's name in winston's messages; `false`: the name is left out. Default `"logger"`. */
  readonly nameKey?: string | false;
}

const DEFAULT_NAME_KEY = "logger";

/**
 * Gives records to a winston logger: level by the names that logger has, fields beside the message, the error's text as `stack` and its data as
 * `error`. Delivered means: given to winston, whose transports tell nobody what they lose.
 */
export class WinstonHandler extends Handler {
  readonly #winston: WinstonLike;
  readonly #nameKey: string | false;

  /** @throws LoggingError `OPTION_INVALID` for a `winston` without `log` and `levels`, or a `nameKey` that is no key. */
  constructor(winston: WinstonLike, options: WinstonHandlerOptions = {}) {
    if (typeof winston?.log !== "function" || typeof winston.levels !== "object") {
      throw new LoggingError("OPTION_INVALID", `WinstonHandler: got ${show(winston)}; give what winston.createLogger() returned`);
    }
    const key = nameKey("WinstonHandler", options.nameKey, DEFAULT_NAME_KEY);
    super(options);
    this.#winston = winston;
    this.#nameKey = key;
  }

  protected override emit(record: LogRecord): void | "settled" {
    const level = winstonName(record.levelno, this.#winston.levels);
    if (level === undefined)
      throw new LoggingError("LEVEL_UNKNOWN", `winston has none of Cordwood's levels: ${Object.keys(this.#winston.levels)}`);
    if (this.#winston.isLevelEnabled?.(level) === false) {
      this.counters.drop("disabled");
      return "settled";
    }
    this.#winston.log(this.#info(record, level));
  }

  /** A fresh object: winston's formats write on it. */
  #info(record: LogRecord, level: string): Record<string | symbol, unknown> {
    const { extra, error } = record;
    const info: Record<string | symbol, unknown> = { level, message: record.message, [FROM_CORDWOOD]: true };
    if (this.#nameKey !== false) info[this.#nameKey] = record.name;
    if (error !== undefined) {
      const data = plainData(error);
      if (typeof data === "object" && data !== null) delete (data as { stack?: unknown }).stack;
      Object.assign(info, { error: data, stack: errorText(error) });
    } else if (record.excText !== null) info["stack"] = record.excText;
    let clashes: Record<string, unknown> | undefined;
    for (const key of Object.keys(extra)) {
      if (key in info || key === "extra") {
        clashes ??= Object.create(null) as Record<string, unknown>;
        clashes[key] = plainData(extra[key]);
      } else info[key] = plainData(extra[key]);
    }
    if (clashes) info["extra"] = clashes;
    return info;
  }
}
