import { LoggingError } from "@cordwood/core";
import { formEncode } from "./python-text.js";

/** Where requests go. */
export interface HttpTarget {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** As Python's `http.client` writes it: without the port when that is the scheme's own. */
  readonly hostHeader: string;
  readonly path: string;
  /** For reports: nothing of a query or of credentials. */
  readonly label: string;
}

/** One request, ready to be sent. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** In the order Python writes them; `Host` and `Content-length` are left to browsers, which do not let them be set. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
}

/** What came of a request; `status` 0 is a redirect that a browser does not show. */
export interface HttpResponse {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** How requests are made: by Node's own client, or by `fetch`. */
export interface HttpTransport {
  /** Rejects when there was no answer in time. Redirects are never followed. */
  send(target: HttpTarget, request: HttpRequest, timeoutMs: number): Promise<HttpResponse>;
  gzip(bytes: Uint8Array): Promise<Uint8Array>;
  /** Sends while a page goes away; `false` when that cannot be done. */
  farewell?(target: HttpTarget, request: HttpRequest): boolean;
}

/**
 * Takes host and path apart as Python's `HTTPHandler` and `http.client` do.
 * @throws LoggingError `HTTP_URL_INVALID` for what could split a request or carries credentials
 */
export const httpTarget = (host: string, url: string, secure: boolean): HttpTarget => {
  if (/[^\x21-\x7e]/.test(url)) throw invalid("url holds spaces, control or non-ASCII characters; percent-encode them");
  if (/[^\x21-\x7e]|[/?#@\\]/.test(host))
    throw invalid("host is more than a name and a port; give credentials as an option and the path as url");
  const colon = host.lastIndexOf(":");
  const hasPort = colon > host.lastIndexOf("]");
  const standard = secure ? 443 : 80;
  const digits = hasPort ? host.slice(colon + 1) : "";
  if (!/^\d{0,5}$/.test(digits) || Number(digits) > 65_535) throw invalid("the port of host is no number from 1 to 65535");
  const port = digits === "" ? standard : Number(digits);
  const name = hasPort ? host.slice(0, colon) : host;
  if (name === "") throw invalid("host is empty");
  const absolute = /^https?:\/\/([^/?#@]+)(?=[/?#]|$)/.exec(url);
  if (/^https?:\/\/[^/?#]*@/.test(url)) throw invalid("url carries credentials; give them as an option");
  return {
    secure,
    hostname: name.replace(/^\[(.*)\]$/, "$1"),
    port,
    hostHeader: absolute?.[1] ?? (port === standard ? name : `${name}:${port}`),
    path: url,
    label: `${secure ? "https" : "http"}://${name}:${port}${url.replace(/[?#].*$/s, "")}`,
  };
};

const invalid = (reason: string): LoggingError => new LoggingError("HTTP_URL_INVALID", `HttpHandler: ${reason}`);

/** The request of Python's `HTTPHandler` for one record. */
export const formRequest = (
  target: HttpTarget,
  method: "GET" | "POST",
  attributes: Readonly<Record<string, unknown>>,
  more: readonly (readonly [string, string])[],
): HttpRequest => {
  const form = formEncode(attributes);
  const common = [
    ["Host", target.hostHeader],
    ["Accept-Encoding", "identity"],
  ] as const;
  if (method === "GET") {
    const path = `${target.path}${target.path.includes("?") ? "&" : "?"}${form}`;
    return { method, path, headers: [...common, ...more], body: undefined };
  }
  const body = new TextEncoder().encode(form);
  const about = [
    ["Content-type", "application/x-www-form-urlencoded"],
    ["Content-length", String(body.length)],
  ] as const;
  return { method, path: target.path === "" ? "/" : target.path, headers: [...common, ...about, ...more], body };
};

/** A batch of records in one request. */
export const batchRequest = (
  target: HttpTarget,
  contentType: string,
  body: Uint8Array,
  gzipped: boolean,
  more: readonly (readonly [string, string])[],
): HttpRequest => {
  const headers: (readonly [string, string])[] = [
    ["Host", target.hostHeader],
    ["Content-type", contentType],
    ["Content-length", String(body.length)],
  ];
  if (gzipped) headers.push(["Content-encoding", "gzip"]);
  return { method: "POST", path: target.path === "" ? "/" : target.path, headers: [...headers, ...more], body };
};

/** What to send in `Authorization`. */
export const authorization = (credentials: readonly [user: string, password: string] | { readonly bearer: string }): string => {
  if ("bearer" in credentials) return `Bearer ${credentials.bearer}`;
  const bytes = new TextEncoder().encode(`${credentials[0]}:${credentials[1]}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
};

/** Longest wait that a `Retry-After` may ask for. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Milliseconds that a `Retry-After` asks for, as seconds or as a date; `undefined` when it says nothing readable. RFC 9110 §10.2.3. */
export const retryAfterMs = (value: string | null, now: number): number | undefined => {
  if (value === null || value.length > 64) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : undefined;
};
