import type { Writable } from "node:stream";
import { Counters, getContext, type HandlerStats, isError } from "@cordwood/core";
import winston from "winston";
import { reportEcho } from "../crossing.js";
import { deliver } from "../deliver.js";
import { loggerName } from "../options.js";
import { FROM_CORDWOOD } from "./mark.js";
import { levelOfWinston } from "./winston-level.js";

/** The options of every winston transport, and the logger. */
export interface CordwoodTransportOptions {
  /** Logger that gets the messages. Default `"winston"`. */
  readonly logger?: string;
  /** Winston's own level for this transport. Default: that of the winston logger; the levels of Cordwood's loggers apply besides. */
  readonly level?: string;
  /** Winston's format for this transport. Default none: records need none. */
  readonly format?: winston.Logform.Format;
  /** Takes nothing. Default `false`. */
  readonly silent?: boolean;
  /** Takes uncaught exceptions that winston catches. Default `false`. */
  readonly handleExceptions?: boolean;
  /** Takes unhandled rejections that winston catches. Default `false`. */
  readonly handleRejections?: boolean;
}

/** One message, as winston's formats have left it. */
type Info = Readonly<Record<string | symbol, unknown>>;

const DEFAULT_LOGGER = "winston";
// The symbols of triple-beam, which formats leave alone while they colour or rename what is under the plain keys.
const LEVEL = Symbol.for("level");
const SPLAT = Symbol.for("splat");

// Winston's types know its base class under a name that is none at run time.
const Transport = (winston as unknown as { readonly Transport: new (options: object) => Writable }).Transport;

/** A winston transport whose messages become records: level by name, the error found, everything else as fields. */
export class CordwoodTransport extends Transport {
  readonly #logger: string;
  readonly #counters = new Counters();

  /** @throws LoggingError `OPTION_INVALID` for a logger that is no name. */
  constructor(options: CordwoodTransportOptions = {}) {
    super(options);
    this.#logger = loggerName("CordwoodTransport", options.logger, DEFAULT_LOGGER);
  }

  /** What became of the messages; one that the logger's level refused is not accepted. */
  stats(): HandlerStats {
    return this.#counters.snapshot();
  }

  /** Called by winston. */
  log(info: Info, next: () => void): void {
    const counters = this.#counters;
    if (info[FROM_CORDWOOD] === true) {
      counters.accepted++;
      counters.drop("loop");
      reportEcho("winston");
    } else {
      const error = errorOf(info);
      const level = levelOfWinston(info[LEVEL] ?? info["level"]);
      const msg = isError(info["message"]) ? info["message"].message : info["message"];
      if (deliver(this.#logger, { levelno: level, msg: msg ?? "", error, fields: fieldsOf(info, error), context: getContext() })) {
        counters.accepted++;
        counters.delivered++;
      }
    }
    this.emit("logged", info);
    next();
  }
}

/** The error of a message: itself, its text, among the values of the call, or a field; where only the stack is left, an Error made of it. */
function errorOf(info: Info): unknown {
  if (isError(info)) return info;
  const splat = info[SPLAT];
  const candidates: unknown[] = [info["message"], ...(Array.isArray(splat) ? splat : []), info["error"], info["err"]];
  const found = candidates.find(isError);
  if (found !== undefined || typeof info["stack"] !== "string") return found;
  const [, name = "Error"] = /^([\w$.]+): /.exec(info["stack"]) ?? [];
  const error = new Error(String(info["message"]));
  Object.defineProperties(error, { name: { value: name }, stack: { value: info["stack"] } });
  if (info["cause"] !== undefined) Object.defineProperty(error, "cause", { value: info["cause"] });
  return error;
}

function fieldsOf(info: Info, error: unknown): object | undefined {
  let fields: Record<string, unknown> | undefined;
  for (const key of Object.keys(info)) {
    if (key === "level" || key === "message") continue;
    const value = info[key];
    // What the error says already.
    if (error !== undefined && (key === "stack" || key === "cause" || value === error)) continue;
    fields ??= Object.create(null) as Record<string, unknown>;
    fields[key] = value;
  }
  return fields;
}
