import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { attempt, checkLevel, DEBUG, getLogger, isError, type Level, reportError } from "@cordwood/core";
import { reportEcho } from "../crossing.js";
import { callable, loggerName } from "../options.js";
import { published } from "./published.js";

export interface CaptureChannelOptions {
  /** Logger that gets the messages. Default `"node.diagnostics"`. */
  readonly logger?: string;
  /** Level of the records. Default `"DEBUG"`. */
  readonly level?: Level;
  /**
   * Fields of the record for a message. Default: the message's own properties that are text, number, boolean or an Error. Anything deeper is left
   * out: channels carry whole requests, with their headers.
   */
  readonly fields?: (message: unknown, channel: string | symbol) => object;
}

type Listener = (message: unknown, name: string | symbol) => void;

const DEFAULT_LOGGER = "node.diagnostics";

const listeners = new Map<string | symbol, Listener>();

/**
 * Sends the messages of a channel to a logger, or stops to. A record is named after the channel: `undici:request:create`. What
 * `DiagnosticsChannelHandler` publishes is not taken.
 * @throws LoggingError for an unknown level or a logger that is no name, `fields` that cannot be called.
 */
export function captureChannel(on: boolean, channel: string | symbol, options: CaptureChannelOptions = {}): void {
  const before = listeners.get(channel);
  if (before !== undefined) {
    unsubscribe(channel, before);
    listeners.delete(channel);
  }
  if (!on) return;
  const logger = getLogger(loggerName("captureChannel", options.logger, DEFAULT_LOGGER));
  const level = checkLevel(options.level ?? DEBUG);
  const fieldsOf = callable("captureChannel", "fields", options.fields) ?? scalarsOf;
  const listener: Listener = (message, name) => {
    if (typeof message === "object" && message !== null && published().has(message)) return reportEcho("diagnostics_channel");
    if (!logger.isEnabledFor(level)) return;
    try {
      logger.log(level, "%s", String(name), fieldsOf(message, name));
    } catch (error) {
      // Node would raise it as an uncaught exception.
      reportError({
        cause: `fields of channel ${String(name)}`,
        message: `captureChannel: fields failed for ${String(name)}`,
        error,
        lost: 1,
      });
    }
  };
  listeners.set(channel, listener);
  subscribe(channel, listener);
}

/** The part of a message that can be shown without a second thought. */
function scalarsOf(message: unknown): object {
  if (typeof message !== "object" || message === null) return { message };
  const fields: Record<string, unknown> = Object.create(null);
  for (const key of attempt(() => Object.keys(message), [])) {
    const value = attempt(() => (message as Record<string, unknown>)[key], "[throws]");
    if (isError(value)) fields[key] = value;
    else if (value === null || (typeof value !== "object" && typeof value !== "function" && value !== undefined)) fields[key] = value;
  }
  return fields;
}
