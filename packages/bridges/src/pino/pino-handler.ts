import { Handler, type HandlerOptions, LoggingError, type LogRecord, plainData, show } from "@cordwood/core";
import { cross } from "../crossing.js";
import { nameKey } from "../options.js";
import { CROSSED, isPinos } from "./mark.js";
import { type PinoMethod, pinoMethod } from "./pino-level.js";

/** What is asked of a pino instance or child. */
export type PinoLike = Readonly<Record<PinoMethod, (fields: object, message: string) => void>> & {
  isLevelEnabled?(level: string): boolean;
  flush?(callback?: (error?: Error) => void): void;
};

export interface PinoHandlerOptions extends HandlerOptions {
  /** Key of the logger's name in pino's lines; `false`: the name is left out. Default `"logger"`. */
  readonly nameKey?: string | false;
}

const DEFAULT_NAME_KEY = "logger";

/** Keys that pino writes itself; a field of that name goes under `extra`, where it cannot pass for pino's. */
const PINOS_OWN: ReadonlySet<string> = /* @__PURE__ */ new Set(["level", "time", "msg", "pid", "hostname", "name", "err", CROSSED]);

/**
 * Gives records to a pino instance, for a library that logs through Cordwood inside an application on pino: level by method, fields as the
 * merging object, the error as `err`. Pino stamps its own time. Delivered means: given to pino.
 */
export class PinoHandler extends Handler {
  readonly #pino: PinoLike;
  readonly #nameKey: string | false;

  /** @throws LoggingError `OPTION_INVALID` for a `pino` without pino's level methods, or a `nameKey` that is no key. */
  constructor(pino: PinoLike, options: PinoHandlerOptions = {}) {
    if (typeof pino?.info !== "function" || typeof pino.fatal !== "function") {
      throw new LoggingError("OPTION_INVALID", `PinoHandler: got ${show(pino)}; give what pino() returned, or a child of it`);
    }
    const key = nameKey("PinoHandler", options.nameKey, DEFAULT_NAME_KEY);
    super(options);
    this.#pino = pino;
    this.#nameKey = key;
  }

  protected override emit(record: LogRecord): void | "settled" {
    const pino = this.#pino;
    const method = pinoMethod(record.levelno);
    if (pino.isLevelEnabled?.(method) === false) {
      this.counters.drop("disabled");
      return "settled";
    }
    const fields = this.#fields(record);
    const { message } = record;
    try {
      cross("pino", () => pino[method](fields, message));
    } catch {
      // A value that pino cannot write, such as an error whose message throws when it is read: as data it can. What else was wrong throws again.
      cross("pino", () => pino[method](plainData(fields) as object, message));
    }
  }

  override flush(): Promise<void> {
    return new Promise((resolve) => {
      const done = (error?: unknown): void => {
        if (error) this.handleError(error);
        resolve(super.flush());
      };
      if (!this.#pino.flush) return done();
      try {
        this.#pino.flush(done);
      } catch (error) {
        done(error);
      }
    });
  }

  /** Flushes pino and leaves it open: it is the application's. */
  override async close(): Promise<void> {
    if (this.closed) return;
    await super.close();
    await this.flush();
  }

  #fields(record: LogRecord): Record<string, unknown> {
    const { extra, error } = record;
    const fields: Record<string, unknown> = {};
    let clashes: Record<string, unknown> | undefined;
    if (this.#nameKey !== false) fields[this.#nameKey] = record.name;
    for (const key of Object.keys(extra)) {
      if (PINOS_OWN.has(key) || key in fields || key === "__proto__") {
        clashes ??= Object.create(null) as Record<string, unknown>;
        clashes[key] = extra[key];
      } else fields[key] = extra[key];
    }
    if (clashes) fields["extra"] = "extra" in fields ? { ...clashes, extra: fields["extra"] } : clashes;
    if (error !== undefined) fields["err"] = error;
    else if (record.excText !== null) fields["err"] = { stack: record.excText };
    if (record.stackInfo !== null) fields["stackInfo"] = record.stackInfo;
    if (isPinos(record)) fields[CROSSED] = true;
    return fields;
  }
}
