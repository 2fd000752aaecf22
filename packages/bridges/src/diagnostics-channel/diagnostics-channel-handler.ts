import { type Channel, channel } from "node:diagnostics_channel";
import { Handler, type HandlerOptions, LoggingError, type LogRecord, show } from "@cordwood/core";
import { published } from "./published.js";

export interface DiagnosticsChannelHandlerOptions extends HandlerOptions {
  /** Name of the channel. Default `"cordwood.record"`. */
  readonly channel?: string | symbol;
}

const DEFAULT_CHANNEL = "cordwood.record";

/**
 * Publishes each record, the object itself, on a channel of `node:diagnostics_channel`, for tools that watch a process. Without a subscriber a
 * record is dropped, counted as `no-subscriber`. What a subscriber throws is raised by Node as an uncaught exception.
 */
export class DiagnosticsChannelHandler extends Handler {
  readonly #channel: Channel;

  /** @throws LoggingError `OPTION_INVALID` for a channel that is no name. */
  constructor(options: DiagnosticsChannelHandlerOptions = {}) {
    const name = options.channel ?? DEFAULT_CHANNEL;
    if (typeof name !== "string" && typeof name !== "symbol") {
      throw new LoggingError("OPTION_INVALID", `DiagnosticsChannelHandler: channel is ${show(name)}; give the name of a channel`);
    }
    super(options);
    this.#channel = channel(name);
  }

  protected override emit(record: LogRecord): void | "settled" {
    if (!this.#channel.hasSubscribers) {
      this.counters.drop("no-subscriber");
      return "settled";
    }
    published().add(record);
    this.#channel.publish(record);
  }
}
