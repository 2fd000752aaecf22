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
import { AcknowledgedSender, type AcknowledgementOptions } from "./acknowledged-sender.js";
import type { ConnectionOptions, Destination } from "./connection.js";
import { encodeFrame, type FrameCodec, MAX_FRAME_BYTES } from "./frame.js";
import { handlerAccount, sendFrame } from "./handler-account.js";
import { CONNECTION_OPTIONS, checkMeaning, checkOneOf, checkSending, checkText, checkWhole, OUTBOX_OPTIONS } from "./options.js";
import type { OutboxOptions } from "./outbox.js";
import { withoutCallSite } from "./record-json.js";
import type { ByteSender } from "./sender.js";
import { Spool, type SpoolOptions } from "./spool.js";
import { StreamSender } from "./stream-sender.js";
import { type TlsOptions, TlsSource } from "./tls.js";
import { UnconfirmedInMemory } from "./unconfirmed.js";

/** Where Python's receivers listen for records over TCP. */
export const DEFAULT_TCP_LOGGING_PORT = 9020;

export interface SocketHandlerOptions extends HandlerOptions, ConnectionOptions, OutboxOptions, AcknowledgementOptions {
  /** How records are written: `"pickle"` is read by CPython's own receivers. Default `"json"`. */
  readonly codec?: FrameCodec;
  /** Whether to send where in the source a call stands, as Python does. Finding it out is the dearest part of a call. Default `true`. */
  readonly callSite?: boolean;
  /** Speaks TLS: `true`, or what differs from Node's defaults. Default: plain. */
  readonly tls?: TlsOptions | true;
  /**
   * `"at-most-once"`: a record counts as delivered when the operating system has taken it. `"acknowledged"`: it is held until a
   * `LogReceiver` confirms it, and sent again after a lost connection; with `spool` it outlives this process. Default `"at-most-once"`,
   * `"acknowledged"` when a spool is given.
   */
  readonly delivery?: "at-most-once" | "acknowledged";
  /** Holds unconfirmed records on disk in place of memory; `capacity` and `maxBytes` do not apply then. */
  readonly spool?: SpoolOptions;
  /** Longest record, in bytes; a longer one is dropped and counted as `tooLarge`. Default 1 MiB. */
  readonly maxFrameBytes?: number;
  /** How long `flush` and `close` wait for the far side, in milliseconds. Default 5 000. */
  readonly closeTimeoutMs?: number;
}

const CLOSE_TIMEOUT_MS = 5_000;
const OPTIONS: OptionNames<SocketHandlerOptions> = {
  ...HANDLER_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...OUTBOX_OPTIONS,
  codec: true,
  callSite: true,
  tls: true,
  delivery: true,
  spool: true,
  maxFrameBytes: true,
  closeTimeoutMs: true,
  ackTimeoutMs: true,
};

/**
 * Sends records over TCP, TLS or a Unix socket to a `LogReceiver`, or to a receiver written in Python. The connection is made with the
 * first record and comes back by itself, on Python's schedule with jitter added; meanwhile records wait in a bounded queue.
 */
export class SocketHandler extends Handler {
  /** Host, or the path of a Unix socket. */
  readonly host: string;
  /** `null`: `host` is the path of a Unix socket. */
  readonly port: number | null;
  readonly #codec: FrameCodec;
  readonly #callSite: boolean;
  readonly #maxFrameBytes: number;
  readonly #closeTimeoutMs: number;
  readonly #sender: ByteSender;

  /**
   * @param port `null` or left out: `host` is the path of a Unix socket.
   * @throws LoggingError for an option that is unknown or out of range, or a spool that cannot be used
   */
  constructor(host: string, port?: number | null, options: SocketHandlerOptions = {}) {
    const owner = "SocketHandler";
    check(owner, host, port, options);
    const tls = options.tls === undefined ? undefined : new TlsSource(options.tls, owner);
    super(options);
    this.host = host;
    this.port = port ?? null;
    this.#codec = options.codec ?? "json";
    this.#callSite = options.callSite ?? true;
    this.#maxFrameBytes = options.maxFrameBytes ?? MAX_FRAME_BYTES;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    const destination: Destination = { host, port: port ?? undefined, tls };
    const where = port == null ? host : `${host}:${port}`;
    const account = handlerAccount(this, this.counters, `${owner} ${where}`);
    this.#sender =
      options.delivery === "acknowledged" || options.spool !== undefined
        ? new AcknowledgedSender(
            destination,
            where,
            options.spool === undefined ? new UnconfirmedInMemory(options) : this.#openSpool(options.spool),
            options,
            account,
          )
        : new StreamSender(destination, where, options, account);
  }

  #openSpool(options: SpoolOptions): Spool {
    try {
      return new Spool(options);
    } catch (error) {
      // The base class has this handler among the open ones already.
      super.close();
      throw error;
    }
  }

  protected override emit(record: LogRecord): "queued" | "settled" {
    const makeFrame = (): Buffer => this.makeFrame(this.#callSite ? record : withoutCallSite(record));
    return sendFrame(this.#sender, this.counters, makeFrame, (error) => this.handleError(error, record));
  }

  /** A record as it goes out: Python's `makePickle`, to be overridden. */
  protected makeFrame(record: LogRecord): Buffer {
    return encodeFrame(record, { codec: this.#codec, maxBytes: this.#maxFrameBytes });
  }

  /** Settles when nothing is held any more, or after `closeTimeoutMs`; what is still held then stays queued. */
  override flush(): void | Promise<void> {
    if (this.#sender.pending > 0) return this.#sender.flush(this.#closeTimeoutMs);
  }

  /** Gives what is held `closeTimeoutMs` to leave; what remains then is counted as `failed.unsent`, or waits in the spool for the next start. */
  override close(): void | Promise<void> {
    if (this.closed) return;
    super.close();
    return this.#sender.close(this.#closeTimeoutMs);
  }
}

const check = (owner: string, host: string, port: number | null | undefined, options: SocketHandlerOptions): void => {
  checkText(owner, "host", host);
  if (port !== null) checkWhole(owner, "port", port, 0, 65_535);
  checkOptions(owner, options, OPTIONS);
  checkSending(owner, { ...options });
  checkOneOf(owner, "codec", options.codec, ["json", "pickle"]);
  checkOneOf(owner, "delivery", options.delivery, ["at-most-once", "acknowledged"]);
  checkWhole(owner, "ackTimeoutMs", options.ackTimeoutMs, 1, 2_147_483_647);
  const acknowledged = options.delivery === "acknowledged" || options.spool !== undefined;
  checkMeaning(owner, options, ["ackTimeoutMs"], acknowledged, "is for acknowledged delivery");
  checkMeaning(
    owner,
    options,
    ["capacity", "maxBytes"],
    options.spool === undefined,
    "is for a queue in memory, and the spool has its own maxBytes",
  );
  checkMeaning(
    owner,
    options,
    ["whenFull"],
    !acknowledged || options.whenFull !== "drop-oldest",
    "cannot drop what may be on its way already",
  );
  if (options.spool !== undefined && options.delivery === "at-most-once") {
    throw new LoggingError("OPTION_INVALID", `${owner}: a spool is for acknowledged delivery; leave delivery out or give "acknowledged"`);
  }
};
