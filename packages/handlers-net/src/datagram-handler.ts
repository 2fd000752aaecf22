import type { Buffer } from "node:buffer";
import {
  checkOptions,
  HANDLER_OPTIONS,
  Handler,
  type HandlerOptions,
  LoggingError,
  type LogRecord,
  type OptionNames,
} from "@cordwood/core";
import { DatagramSender, MAX_DATAGRAM_BYTES } from "./datagram-sender.js";
import { encodeFrame, FRAME_HEADER_BYTES, type FrameCodec } from "./frame.js";
import { handlerAccount, sendFrame } from "./handler-account.js";
import { checkOneOf, checkSending, checkText, checkWhole, OUTBOX_OPTIONS } from "./options.js";
import type { OutboxOptions } from "./outbox.js";
import { withoutCallSite } from "./record-json.js";

/** Where Python's receivers listen for records over UDP. */
export const DEFAULT_UDP_LOGGING_PORT = 9021;

export interface DatagramHandlerOptions extends HandlerOptions, OutboxOptions {
  /** How records are written: `"pickle"` is read by CPython's own receivers. Default `"json"`. */
  readonly codec?: FrameCodec;
  /** Whether to send where in the source a call stands, as Python does. Finding it out is the dearest part of a call. Default `true`. */
  readonly callSite?: boolean;
  /** Longest datagram, in bytes; a longer record is dropped and counted as `tooLarge`. Default 65 507, what UDP can carry. */
  readonly maxDatagramBytes?: number;
  /** How long `flush` and `close` wait, in milliseconds. Default 5 000. */
  readonly closeTimeoutMs?: number;
}

const OPTIONS: OptionNames<DatagramHandlerOptions> = {
  ...HANDLER_OPTIONS,
  ...OUTBOX_OPTIONS,
  codec: true,
  callSite: true,
  maxDatagramBytes: true,
  closeTimeoutMs: true,
};

const CLOSE_TIMEOUT_MS = 5_000;

/** Sends each record as one UDP datagram: at most once, counted. What the network loses, nobody hears of. */
export class DatagramHandler extends Handler {
  readonly host: string;
  readonly port: number;
  readonly #codec: FrameCodec;
  readonly #callSite: boolean;
  readonly #maxDatagramBytes: number;
  readonly #closeTimeoutMs: number;
  readonly #sender: DatagramSender;

  /** @throws LoggingError for an option that is unknown or out of range, or a missing port: Node has no Unix datagram sockets */
  constructor(host: string, port: number, options: DatagramHandlerOptions = {}) {
    const owner = "DatagramHandler";
    checkText(owner, "host", host);
    if (port == null)
      throw new LoggingError(
        "OPTION_INVALID",
        `${owner}: port is missing; Node has no Unix datagram sockets, use SocketHandler with a Unix socket`,
      );
    checkWhole(owner, "port", port, 1, 65_535);
    checkOptions(owner, options, OPTIONS);
    checkSending(owner, { ...options });
    checkOneOf(owner, "codec", options.codec, ["json", "pickle"]);
    checkWhole(owner, "maxDatagramBytes", options.maxDatagramBytes, 1, MAX_DATAGRAM_BYTES);
    super(options);
    this.host = host;
    this.port = port;
    this.#codec = options.codec ?? "json";
    this.#callSite = options.callSite ?? true;
    this.#maxDatagramBytes = options.maxDatagramBytes ?? MAX_DATAGRAM_BYTES;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#sender = new DatagramSender(host, port, options, handlerAccount(this, this.counters, `${owner} ${host}:${port}`));
  }

  protected override emit(record: LogRecord): "queued" | "settled" {
    const makeFrame = (): Buffer => this.makeFrame(this.#callSite ? record : withoutCallSite(record));
    return sendFrame(this.#sender, this.counters, makeFrame, (error) => this.handleError(error, record));
  }

  /** A record as it goes out, length prefix included: Python's `makePickle`, to be overridden. */
  protected makeFrame(record: LogRecord): Buffer {
    return encodeFrame(record, { codec: this.#codec, maxBytes: this.#maxDatagramBytes - FRAME_HEADER_BYTES });
  }

  override flush(): void | Promise<void> {
    if (this.#sender.pending > 0) return this.#sender.flush(this.#closeTimeoutMs);
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    super.close();
    return this.#sender.close(this.#closeTimeoutMs);
  }
}
