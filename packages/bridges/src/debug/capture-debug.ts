import { DEBUG, getLogger } from "@cordwood/core";
import { isEcho, reportEcho } from "../crossing.js";
import { type DebugInstance, type DebugLike, debugOf } from "./debug-like.js";

export interface CaptureDebugOptions {
  /** The copy of `debug` to listen to, for a dependency that brings its own. Default: the one this package finds. */
  readonly debug?: DebugLike;
  /** Namespaces to switch on, as in `DEBUG=app:*,-app:noise`; `"*"` leaves the choice to the levels of the loggers. Default: those of `DEBUG`. */
  readonly namespaces?: string;
  /** Logger above those of the namespaces. Default none: `app:db` is `app.db`. */
  readonly logger?: string;
}

/** What a copy of `debug` was like before. */
interface Before {
  readonly log: DebugLike["log"];
  readonly formatArgs: DebugLike["formatArgs"];
  readonly namespaces: string | undefined;
}

const captured = new Map<DebugLike, Before>();

/** Frames between the logging call here and the line that called `debug`: our function and the one `debug` made. */
const FRAMES = 2;

/**
 * Sends what is logged through `debug` to loggers, at DEBUG, or gives it back to standard error. A namespace's parts become a logger's: `app:db`
 * is `app.db`. An instance whose own `log` was set keeps it.
 * @throws LoggingError `OPTION_INVALID` for a `debug` that is none.
 */
export function captureDebug(on: boolean, options: CaptureDebugOptions = {}): void {
  const debug = debugOf("captureDebug", options.debug);
  const before = captured.get(debug);
  if (before !== undefined) {
    debug.log = before.log;
    debug.formatArgs = before.formatArgs;
    if (before.namespaces !== undefined) debug.enable(before.namespaces);
    captured.delete(debug);
  }
  if (!on) return;

  let namespaces: string | undefined;
  if (options.namespaces !== undefined) {
    namespaces = debug.disable();
    debug.enable(options.namespaces);
  }
  const { log, formatArgs } = debug;
  captured.set(debug, { log, formatArgs, namespaces });
  // It would put the time, the namespace and colours before the message.
  debug.formatArgs = function (this: DebugInstance, args: never): void {
    if (Object.hasOwn(this, "log") && typeof (this as { log?: unknown }).log === "function") formatArgs.call(this as never, args);
  };
  debug.log = function (this: DebugInstance, message: unknown, ...args: unknown[]): void {
    if (isEcho("debug")) {
      reportEcho("debug");
      return;
    }
    const logger = getLogger(nameOf(this.namespace, options.logger)).with({}, { callSiteSkip: FRAMES });
    logger.log(DEBUG, message, ...args);
  };
}

function nameOf(namespace: string, above: string | undefined): string {
  const name = namespace.split(/[:.]+/).filter(Boolean).join(".") || "debug";
  return above === undefined ? name : `${above}.${name}`;
}
