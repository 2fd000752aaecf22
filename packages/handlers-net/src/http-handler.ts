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
import { fetchTransport } from "./http-fetch.js";
import { nodeTransport } from "./http-node.js";
import { authorization, formRequest, type HttpTarget, httpTarget } from "./http-request.js";
import { type HttpBatchOptions, type HttpItem, type HttpRetryOptions, HttpSender } from "./http-sender.js";
import { checkLogin, checkMeaning, checkOneOf, checkSending, checkText, checkWhole, OUTBOX_OPTIONS } from "./options.js";
import type { OutboxOptions } from "./outbox.js";
import { recordAttributes } from "./record-json.js";
import { type TlsOptions, TlsSource } from "./tls.js";

/** Where Python's receivers listen for records over HTTP. */
export const DEFAULT_HTTP_LOGGING_PORT = 9022;

/** A user and a password for Basic authentication, or a bearer token. */
export type HttpCredentials = readonly [user: string, password: string] | { readonly bearer: string };

export interface HttpHandlerOptions extends HandlerOptions, OutboxOptions, HttpBatchOptions, HttpRetryOptions {
  /** Default `"GET"` for forms, as in Python, and `"POST"` for JSON, which needs it. */
  readonly method?: string;
  /** Whether to speak TLS. Default `false`. */
  readonly secure?: boolean;
  readonly credentials?: HttpCredentials;
  /** What differs from Node's defaults of TLS; only with `secure`. Browsers use their own. */
  readonly tls?: TlsOptions;
  /** `"form"`: Python's form, one request a record. `"json"`: arrays of records. `"ndjson"`: a record on each line. Default `"form"`. */
  readonly format?: "form" | "json" | "ndjson";
  /** Whether batches are compressed. Default `false`. */
  readonly gzip?: boolean;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long `flush` and `close` wait, in milliseconds. Default 5 000. */
  readonly closeTimeoutMs?: number;
}

const CREDENTIALS = "[user, password] or { bearer: token }";
const CLOSE_TIMEOUT_MS = 5_000;
const CONTENT_TYPES = { form: undefined, json: "application/json", ndjson: "application/x-ndjson" } as const;
const OPTIONS: OptionNames<HttpHandlerOptions> = {
  ...HANDLER_OPTIONS,
  ...OUTBOX_OPTIONS,
  method: true,
  secure: true,
  credentials: true,
  tls: true,
  format: true,
  gzip: true,
  headers: true,
  closeTimeoutMs: true,
  maxBatchRecords: true,
  maxBatchBytes: true,
  maxDelayMs: true,
  requestTimeoutMs: true,
  maxAttempts: true,
  retryInitialMs: true,
  retryMaxMs: true,
};

/**
 * Sends records to a web server: Python's form for each, or batches of JSON. In order, one request at a time; an answer of 408, 425, 429
 * or 5xx, or none, is tried again, any other but 2xx is final. In browsers, what is held leaves when the page goes away.
 */
export class HttpHandler extends Handler {
  readonly host: string;
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly secure: boolean;
  readonly #credentials: HttpCredentials | undefined;
  readonly #target: HttpTarget;
  readonly #format: "form" | "json" | "ndjson";
  readonly #headers: readonly (readonly [string, string])[];
  readonly #closeTimeoutMs: number;
  readonly #sender: HttpSender;
  #unlisten: (() => void) | undefined;

  /** @throws LoggingError for a host, url or header that could split a request, another method, or an option that is unknown or out of range */
  constructor(host: string, url: string, options: HttpHandlerOptions = {}) {
    const owner = "HttpHandler";
    check(owner, host, url, options);
    const { format = "form", secure = false } = options;
    const method = methodOf(owner, options.method ?? (format === "form" ? "GET" : "POST"), format);
    const target = httpTarget(host, url, secure);
    const headers = headersOf(owner, options);
    const inNode = typeof (globalThis as { process?: { getBuiltinModule?: unknown } }).process?.getBuiltinModule === "function";
    const transport = inNode ? nodeTransport(secure ? new TlsSource(options.tls ?? {}, owner) : undefined) : fetchTransport();
    super(options);
    this.host = host;
    this.url = url;
    this.#format = format;
    this.method = method;
    this.secure = secure;
    this.#credentials = options.credentials;
    this.#target = target;
    this.#headers = headers;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#sender = new HttpSender(
      target,
      transport,
      { contentType: CONTENT_TYPES[format], gzip: options.gzip ?? false, headers },
      options,
      handlerAccount(this, this.counters, `${owner} ${target.label}`),
    );
    this.#unlisten = inNode ? undefined : onPageHidden(() => this.#sender.farewell());
  }

  /** User and password, or the token. Not a property of its own, so that printing the handler does not show them. */
  get credentials(): HttpCredentials | undefined {
    return this.#credentials;
  }

  protected override emit(record: LogRecord): "queued" | "settled" {
    const attributes = this.mapLogRecord(record);
    return this.#sender.send(this.#format === "form" ? this.#form(attributes) : jsonItem(attributes));
  }

  /** What is sent of a record: all of its attributes; to be overridden. */
  mapLogRecord(record: LogRecord): Record<string, unknown> {
    return recordAttributes(record, "raw");
  }

  override flush(): void | Promise<void> {
    // Core flushes every handler when a page goes away, perhaps before the listener of this one is called.
    if (this.#unlisten !== undefined && isPageLeaving()) this.#sender.farewell();
    if (this.#sender.pending > 0) return this.#sender.flush(this.#closeTimeoutMs);
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    super.close();
    this.#unlisten?.();
    this.#unlisten = undefined;
    return this.#sender.close(this.#closeTimeoutMs);
  }

  #form(attributes: Readonly<Record<string, unknown>>): HttpItem {
    const request = formRequest(this.#target, this.method, attributes, this.#headers);
    return { length: request.path.length + (request.body?.length ?? 0), content: request };
  }
}

const jsonItem = (attributes: Readonly<Record<string, unknown>>): HttpItem => {
  const content = new TextEncoder().encode(JSON.stringify(attributes));
  return { length: content.length, content };
};

const methodOf = (owner: string, method: string, format: string): "GET" | "POST" => {
  const upper = typeof method === "string" ? method.toUpperCase() : method;
  if (upper === "POST" || (upper === "GET" && format === "form")) return upper;
  const known = format === "form" ? '"GET" or "POST"' : `"POST" for ${format}`;
  throw new LoggingError("HTTP_METHOD_INVALID", `${owner}: method is ${JSON.stringify(method)}; give ${known}`);
};

const check = (owner: string, host: string, url: string, options: HttpHandlerOptions): void => {
  checkText(owner, "host", host);
  if (typeof url !== "string") checkText(owner, "url", url);
  checkOptions(owner, options, OPTIONS);
  checkSending(owner, { ...options });
  checkOneOf(owner, "format", options.format, ["form", "json", "ndjson"]);
  for (const name of ["maxBatchRecords", "maxBatchBytes", "maxAttempts"] as const) checkWhole(owner, name, options[name], 1);
  for (const name of ["maxDelayMs", "requestTimeoutMs", "retryInitialMs", "retryMaxMs"] as const)
    checkWhole(owner, name, options[name], name === "maxDelayMs" ? 0 : 1, 2_147_483_647);
  const batches = options.format === "json" || options.format === "ndjson";
  checkMeaning(owner, options, ["maxBatchRecords", "maxBatchBytes", "maxDelayMs", "gzip"], batches, "is for batches of JSON");
  const { credentials, headers } = options;
  if (headers !== undefined && (typeof headers !== "object" || headers === null || Array.isArray(headers)))
    throw new LoggingError("OPTION_INVALID", `${owner}: headers are no object of texts by name; give one`);
  if (typeof credentials === "object" && credentials !== null && "bearer" in credentials) {
    checkOptions(`${owner} credentials`, credentials, { bearer: true });
    if (typeof credentials.bearer !== "string") checkLogin(owner, undefined, CREDENTIALS);
  } else if (credentials !== undefined) checkLogin(owner, credentials, CREDENTIALS);
  if (options.tls !== undefined && options.secure !== true)
    throw new LoggingError("OPTION_INVALID", `${owner}: tls is given without secure; give secure: true as well`);
};

/** Header text that could end a header or begin another is refused. RFC 9110 §5. */
const headersOf = (owner: string, options: HttpHandlerOptions): (readonly [string, string])[] => {
  const headers = Object.entries(options.headers ?? {});
  if (options.credentials !== undefined) headers.push(["Authorization", authorization(options.credentials)]);
  for (const [name, value] of headers) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || typeof value !== "string" || /[^\t\x20-\x7e]/.test(value)) {
      throw new LoggingError("HTTP_HEADER_INVALID", `${owner}: the header ${JSON.stringify(name)} holds characters that a header may not`);
    }
  }
  return headers;
};

/** Calls back when a page is hidden or goes away; browsers promise nothing later than that. */
const onPageHidden = (callback: () => void): (() => void) | undefined => {
  const page = globalThis as unknown as {
    addEventListener?(type: string, listener: () => void): void;
    removeEventListener?(type: string, listener: () => void): void;
    document?: { visibilityState?: string };
  };
  if (typeof page.addEventListener !== "function") return undefined;
  const hidden = (): void => {
    if (page.document?.visibilityState !== "visible") callback();
  };
  page.addEventListener("visibilitychange", hidden);
  page.addEventListener("pagehide", callback);
  return () => {
    page.removeEventListener?.("visibilitychange", hidden);
    page.removeEventListener?.("pagehide", callback);
  };
};

const isPageLeaving = (): boolean => (globalThis as { event?: { readonly type?: string } }).event?.type === "pagehide";
