import {
  checkOptions,
  HANDLER_OPTIONS,
  Handler,
  type HandlerOptions,
  LoggingError,
  type LogRecord,
  type OptionNames,
} from "@cordwood/core";
import { handlerAccount } from "./handler-account.js";
import { checkLogin, checkSending, checkText, checkWhole, OUTBOX_OPTIONS } from "./options.js";
import type { OutboxOptions } from "./outbox.js";
import { Digest, type DigestOptions, makeMail } from "./smtp-digest.js";
import { type SmtpRetryOptions, type SmtpRoute, SmtpSender } from "./smtp-sender.js";
import { type TlsOptions, TlsSource } from "./tls.js";

/** Where mail servers listen. */
export const SMTP_PORT = 25;

export interface SmtpHandlerOptions extends HandlerOptions, OutboxOptions, SmtpRetryOptions {
  /** Who logs in. An empty user does not, as in Python. */
  readonly credentials?: readonly [user: string, password: string];
  /**
   * `true`: STARTTLS, and no mail without it. `"implicit"`: TLS from the first byte, usually on port 465. An empty array is Python's way to
   * ask for STARTTLS when there are credentials. Default: plain.
   */
  readonly secure?: boolean | "implicit" | readonly [];
  /** What differs from Node's defaults of TLS. */
  readonly tls?: TlsOptions;
  /** Longest wait for each step, in milliseconds. Default 5 000, as in Python. */
  readonly timeoutMs?: number;
  /** One mail for many records: `true`, or what differs from its defaults. Default: one mail for each. */
  readonly digest?: boolean | DigestOptions;
  /** How long `flush` and `close` wait, in milliseconds. Default 15 000: a mail takes several steps. */
  readonly closeTimeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 15_000;
const OPTIONS: OptionNames<SmtpHandlerOptions> = {
  ...HANDLER_OPTIONS,
  ...OUTBOX_OPTIONS,
  credentials: true,
  secure: true,
  tls: true,
  timeoutMs: true,
  digest: true,
  closeTimeoutMs: true,
  maxAttempts: true,
  retryInitialMs: true,
  retryMaxMs: true,
};

/**
 * Mails records, one by one as Python does or many in one mail. What is for a mail's header is checked when the handler is made, and
 * encoded when it is sent; a mail that a server refuses for now is tried again.
 */
export class SmtpHandler extends Handler {
  readonly mailhost: string;
  /** `null`: not given, so 25. */
  readonly mailport: number | null;
  readonly fromaddr: string;
  readonly toaddrs: readonly string[];
  readonly subject: string;
  readonly username: string | null;
  readonly timeoutMs: number;
  readonly #closeTimeoutMs: number;
  readonly #sender: SmtpSender;
  readonly #digest: Digest | undefined;

  /** @throws LoggingError for a host, address or subject with a control character in it, or an option that is unknown or out of range */
  constructor(
    mailhost: string | readonly [host: string, port: number | null],
    fromaddr: string,
    toaddrs: string | readonly string[],
    subject: string,
    options: SmtpHandlerOptions = {},
  ) {
    const owner = "SmtpHandler";
    const [host, port] = typeof mailhost === "string" ? [mailhost, null] : mailhost;
    const addresses = typeof toaddrs === "string" ? [toaddrs] : toaddrs;
    check(owner, host, port, fromaddr, addresses, subject, options);
    const tls = new TlsSource(options.tls ?? {}, owner);
    super(options);
    this.mailhost = host;
    this.mailport = port ?? null;
    this.fromaddr = fromaddr;
    this.toaddrs = [...addresses];
    this.subject = subject;
    this.username = options.credentials?.[0] ?? null;
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    const route: SmtpRoute = {
      host,
      port: port || SMTP_PORT,
      from: fromaddr,
      to: this.toaddrs,
      login: options.credentials?.[0] ? { user: options.credentials[0], pass: options.credentials[1] } : undefined,
      security: securityOf(options),
      tls,
      timeoutMs: this.timeoutMs,
    };
    const { digest } = options;
    this.#digest =
      digest === undefined || digest === false
        ? undefined
        : new Digest(
            digest === true ? {} : digest,
            (record) => this.#subject(record),
            (mail) => void this.#sender.send(mail),
          );
    this.#sender = new SmtpSender(route, options, handlerAccount(this, this.counters, `${owner} ${host}:${route.port}`));
  }

  /** The subject for a record, in a digest for the worst of them; to be overridden. */
  getSubject(_record: LogRecord): string {
    return this.subject;
  }

  protected override emit(record: LogRecord): "queued" | "settled" {
    const text = this.format(record);
    if (this.#digest === undefined) {
      // The base class counts the record as queued when this returns, also one that the queue has just settled as dropped.
      this.#sender.send(makeMail(this.#subject(record), text, 1));
      return "queued";
    }
    if (this.#digest.add(record, text)) return "queued";
    this.counters.drop("suppressed");
    return "settled";
  }

  /** Sends what a digest has collected, and settles when all mails have left, or after `closeTimeoutMs`. */
  override flush(): void | Promise<void> {
    this.#digest?.send();
    if (this.#sender.pending > 0) return this.#sender.flush(this.#closeTimeoutMs);
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    super.close();
    this.#digest?.close();
    return this.#sender.close(this.#closeTimeoutMs);
  }

  #subject(record: LogRecord): string {
    try {
      return String(this.getSubject(record));
    } catch (error) {
      this.handleError(error);
      return this.subject;
    }
  }
}

const securityOf = ({ secure, credentials }: SmtpHandlerOptions): SmtpRoute["security"] => {
  if (secure === "implicit") return "implicit";
  if (secure === true) return "starttls";
  return Array.isArray(secure) && credentials?.[0] ? "starttls" : "none";
};

const check = (
  owner: string,
  host: string,
  port: number | null | undefined,
  fromaddr: string,
  toaddrs: readonly string[],
  subject: string,
  options: SmtpHandlerOptions,
): void => {
  checkText(owner, "mailhost", host);
  if (port !== null) checkWhole(owner, "mailhost[1]", port, 0, 65_535);
  checkText(owner, "fromaddr", fromaddr);
  if (!Array.isArray(toaddrs)) throw new LoggingError("OPTION_INVALID", `${owner}: toaddrs is no address; give one or an array of them`);
  toaddrs.forEach((address, index) => void checkText(owner, `toaddrs[${index}]`, address));
  if (typeof subject !== "string") throw new LoggingError("OPTION_INVALID", `${owner}: subject is a ${typeof subject}; give text`);
  for (const [name, value] of Object.entries({ mailhost: host, fromaddr, toaddrs: toaddrs.join(""), subject })) {
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value))
      throw new LoggingError(
        "SMTP_HEADER_INVALID",
        `${owner}: ${name} holds a line break or control character, which could begin another header; remove it`,
      );
  }
  checkOptions(owner, options, OPTIONS);
  checkSending(owner, { ...options });
  for (const name of ["timeoutMs", "retryInitialMs", "retryMaxMs"] as const) checkWhole(owner, name, options[name], 1, 2_147_483_647);
  checkWhole(owner, "maxAttempts", options.maxAttempts, 1);
  const { digest, secure } = options;
  if (options.credentials !== undefined) checkLogin(owner, options.credentials);
  if (options.tls !== undefined && (secure === undefined || secure === false))
    throw new LoggingError("OPTION_INVALID", `${owner}: tls is given without secure; give secure: true or "implicit" as well`);
  if (digest !== undefined && typeof digest !== "boolean") {
    checkOptions(`${owner} digest`, digest, { maxRecords: true, maxDelayMs: true, minIntervalMs: true });
    checkWhole(owner, "digest.maxRecords", digest.maxRecords, 1);
    checkWhole(owner, "digest.maxDelayMs", digest.maxDelayMs, 0, 2_147_483_647);
    checkWhole(owner, "digest.minIntervalMs", digest.minIntervalMs, 0, 2_147_483_647);
  }
  if (Array.isArray(secure) ? secure.length > 0 : secure !== undefined && typeof secure !== "boolean" && secure !== "implicit") {
    throw new LoggingError(
      "OPTION_INVALID",
      `${owner}: secure takes true, "implicit" or an empty array; give key and certificate files as tls.key and tls.cert`,
    );
  }
};
