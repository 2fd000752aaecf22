import { hostname } from "node:os";
import {
  checkOptions,
  HANDLER_OPTIONS,
  Handler,
  type HandlerOptions,
  LoggingError,
  type LogRecord,
  type OptionNames,
} from "@cordwood/core";
import type { ConnectionOptions } from "./connection.js";
import { DatagramSender, MAX_DATAGRAM_BYTES } from "./datagram-sender.js";
import { handlerAccount } from "./handler-account.js";
import { CONNECTION_OPTIONS, checkMeaning, checkOneOf, checkSending, checkText, checkWhole, OUTBOX_OPTIONS } from "./options.js";
import type { OutboxOptions } from "./outbox.js";
import type { ByteSender } from "./sender.js";
import { StreamSender } from "./stream-sender.js";
import { datagramMessage, framedMessage, headerField, rfc3164Message, rfc5424Message, type SyslogFraming } from "./syslog-message.js";
import { encodePriority, facilityNumber, mapPriority, severityOfLevel } from "./syslog-names.js";
import { type TlsOptions, TlsSource } from "./tls.js";

/** Where syslog daemons listen. */
export const SYSLOG_PORT = 514;

export interface SysLogHandlerOptions extends HandlerOptions, ConnectionOptions, OutboxOptions {
  /** Host and port, or the path of a Unix stream socket. Default `["localhost", 514]`. */
  readonly address?: readonly [host: string, port: number] | string;
  /** By name, such as `"local0"`, or number. Default `"user"`. */
  readonly facility?: string | number;
  /** `"rfc3164"`: priority, ident and text, as CPython sends. `"rfc5424"`: the full header, fields as structured data. Default `"rfc3164"`. */
  readonly protocol?: "rfc3164" | "rfc5424";
  /** For a host and port. Default `"udp"`, `"tcp"` when `tls` is given. */
  readonly transport?: "udp" | "tcp";
  /** Speaks TLS over TCP: `true`, or what differs from Node's defaults. Default: plain. */
  readonly tls?: TlsOptions | true;
  /**
   * What separates messages on a stream. `"none"`, as CPython sends, leaves that to the NUL. With `"newline"`, a newline inside a message
   * is written as `#012`. Default `"none"` for RFC 3164 and `"octet-counting"` for RFC 5424.
   */
  readonly framing?: SyslogFraming;
  /** Put in front of the text, such as `"app: "`. Default empty. */
  readonly ident?: string;
  /** Whether a NUL ends each message. Default `true` for RFC 3164, as in CPython, and `false` for RFC 5424. */
  readonly appendNul?: boolean;
  /** RFC 5424 HOSTNAME. Default: this machine's name. */
  readonly hostname?: string;
  /** RFC 5424 APP-NAME. Default: the logger's name. */
  readonly appName?: string;
  /** RFC 5424 SD-ID of the record's fields. Default `"fields@32473"`; 32473 is the enterprise number kept for examples (RFC 5612). */
  readonly structuredDataId?: string;
  /** Longest datagram, in bytes; a longer message is cut, with `…` at its end. Default 8 192, what rsyslog takes. */
  readonly maxDatagramBytes?: number;
  /** How long `flush` and `close` wait for the far side, in milliseconds. Default 5 000. */
  readonly closeTimeoutMs?: number;
}

const CLOSE_TIMEOUT_MS = 5_000;
const MAX_BYTES = 8_192;
const OPTIONS: OptionNames<SysLogHandlerOptions> = {
  ...HANDLER_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...OUTBOX_OPTIONS,
  address: true,
  facility: true,
  protocol: true,
  transport: true,
  tls: true,
  framing: true,
  ident: true,
  appendNul: true,
  hostname: true,
  appName: true,
  structuredDataId: true,
  maxDatagramBytes: true,
  closeTimeoutMs: true,
};

/**
 * Sends records to a syslog daemon over UDP, TCP, TLS or a Unix stream socket, at most once and counted.
 * A stream comes back by itself; meanwhile messages wait in a bounded queue.
 */
export class SysLogHandler extends Handler {
  readonly address: readonly [host: string, port: number] | string;
  readonly facility: string | number;
  readonly ident: string;
  readonly appendNul: boolean;
  readonly #facilityNumber: number;
  readonly #protocol: "rfc3164" | "rfc5424";
  readonly #header: { readonly hostname: string; readonly appName: string | undefined; readonly structuredDataId: string };
  readonly #closeTimeoutMs: number;
  readonly #sender: ByteSender;
  readonly #bytes: (message: string) => Buffer;

  /** @throws LoggingError for an unknown facility, or an option that is unknown or out of range */
  constructor(options: SysLogHandlerOptions = {}) {
    const owner = "SysLogHandler";
    check(owner, options);
    const tls = options.tls === undefined ? undefined : new TlsSource(options.tls, owner);
    const facility = facilityNumber(options.facility ?? "user");
    super(options);
    const rfc5424 = options.protocol === "rfc5424";
    this.address = options.address ?? ["localhost", SYSLOG_PORT];
    this.facility = options.facility ?? "user";
    this.ident = options.ident ?? "";
    this.appendNul = options.appendNul ?? !rfc5424;
    this.#facilityNumber = facility;
    this.#protocol = options.protocol ?? "rfc3164";
    this.#header = {
      hostname: options.hostname ?? hostname(),
      appName: options.appName,
      structuredDataId: headerField((options.structuredDataId ?? "fields@32473").replace(/[=\]"]/g, "_"), 32),
    };
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    const [host, port] = typeof this.address === "string" ? [this.address, undefined] : this.address;
    const where = port === undefined ? host : `${host}:${port}`;
    const account = handlerAccount(this, this.counters, `${owner} ${where}`);
    if (port !== undefined && options.tls === undefined && options.transport !== "tcp") {
      const maxBytes = options.maxDatagramBytes ?? MAX_BYTES;
      this.#bytes = (message) => datagramMessage(message, maxBytes, this.appendNul);
      this.#sender = new DatagramSender(host, port, options, account);
    } else {
      const framing = options.framing ?? (rfc5424 ? "octet-counting" : "none");
      this.#bytes = (message) => framedMessage(message, framing);
      this.#sender = new StreamSender({ host, port, tls }, where, options, account);
    }
  }

  protected override emit(record: LogRecord): "queued" | "settled" {
    return this.#sender.send(this.#bytes(this.#message(record)));
  }

  /** RFC 5424 §6.2.1: facility × 8 + priority, each by name or number. @throws LoggingError for an unknown one */
  encodePriority(facility: string | number, priority: string | number): number {
    return encodePriority(facility, priority);
  }

  /** The priority for a level's name; to be overridden for own levels. `"warning"` for one that syslog does not know. */
  mapPriority(levelname: string): string {
    return mapPriority(levelname);
  }

  override flush(): void | Promise<void> {
    if (this.#sender.pending > 0) return this.#sender.flush(this.#closeTimeoutMs);
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    super.close();
    return this.#sender.close(this.#closeTimeoutMs);
  }

  #message(record: LogRecord): string {
    const text = this.format(record);
    if (this.#protocol === "rfc3164") {
      return rfc3164Message(encodePriority(this.#facilityNumber, this.mapPriority(record.levelname)), this.ident, text, this.appendNul);
    }
    // RFC 5424 knows levels by number, so that TRACE and levels of one's own are not taken for warnings.
    const priority = (this.#facilityNumber << 3) | severityOfLevel(record.levelno);
    return rfc5424Message(priority, record, this.ident + text, this.#header) + (this.appendNul ? "\0" : "");
  }
}

const check = (owner: string, options: SysLogHandlerOptions): void => {
  checkOptions(owner, options, OPTIONS);
  checkSending(owner, { ...options });
  checkOneOf(owner, "protocol", options.protocol, ["rfc3164", "rfc5424"]);
  checkOneOf(owner, "transport", options.transport, ["udp", "tcp"]);
  checkOneOf(owner, "framing", options.framing, ["octet-counting", "newline", "none"]);
  checkWhole(owner, "maxDatagramBytes", options.maxDatagramBytes, 64, MAX_DATAGRAM_BYTES);
  const { address } = options;
  if (Array.isArray(address)) {
    if (address.length > 2) throw new LoggingError("OPTION_INVALID", `${owner}: address has ${address.length} parts; give [host, port]`);
    checkText(owner, "address[0]", address[0]);
    checkWhole(owner, "address[1]", address[1] ?? Number.NaN, 1, 65_535);
  } else if (address !== undefined) checkText(owner, "address", address);
  const datagrams = typeof address !== "string" && options.tls === undefined && options.transport !== "tcp";
  checkMeaning(owner, options, ["framing"], !datagrams, "is for streams");
  checkMeaning(owner, options, ["maxDatagramBytes"], datagrams, "is for UDP");
  checkMeaning(owner, options, ["hostname", "appName", "structuredDataId"], options.protocol === "rfc5424", "is for RFC 5424");
  if (typeof address === "string" && options.transport !== undefined) {
    throw new LoggingError("OPTION_INVALID", `${owner}: a Unix socket has no transport to choose; leave transport out`);
  }
  if (options.tls !== undefined && options.transport === "udp") {
    throw new LoggingError("OPTION_INVALID", `${owner}: TLS runs over TCP; leave transport out or give "tcp"`);
  }
};
