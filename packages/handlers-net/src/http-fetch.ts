import type { HttpRequest, HttpResponse, HttpTarget, HttpTransport } from "./http-request.js";

/** What browsers take along while a page goes away, for all requests together. */
const MAX_KEEPALIVE_BYTES = 60_000;
/** Headers that `fetch` sets itself and does not let be set. */
const FORBIDDEN: ReadonlySet<string> = new Set(["host", "accept-encoding", "content-length"]);

/** Requests by `fetch`, and by `sendBeacon` while a page goes away. */
export const fetchTransport = (): HttpTransport => ({ send, gzip, farewell });

const send = async (target: HttpTarget, request: HttpRequest, timeoutMs: number): Promise<HttpResponse> => {
  const response = await fetch(address(target, request), { ...init(request), signal: AbortSignal.timeout(timeoutMs) });
  void response.body?.cancel();
  return { status: response.type === "opaqueredirect" ? 0 : response.status, retryAfter: response.headers.get("retry-after") };
};

const init = (request: HttpRequest): RequestInit => ({
  method: request.method,
  headers: request.headers.filter(([name]) => !FORBIDDEN.has(name.toLowerCase())).map(([name, value]): [string, string] => [name, value]),
  body: (request.body ?? null) as RequestInit["body"] & (Uint8Array | null),
  redirect: "manual",
  credentials: "omit",
  keepalive: (request.body?.length ?? 0) <= MAX_KEEPALIVE_BYTES,
});

const farewell = (target: HttpTarget, request: HttpRequest): boolean => {
  if ((request.body?.length ?? 0) > MAX_KEEPALIVE_BYTES) return false;
  const header = (wanted: string): string | undefined => request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const { navigator } = globalThis as { navigator?: { sendBeacon?(url: string, data: Blob): boolean } };
  // A beacon carries no header but its type.
  const plain = request.method === "POST" && header("authorization") === undefined && header("content-encoding") === undefined;
  if (typeof navigator?.sendBeacon === "function" && plain) {
    return navigator.sendBeacon(address(target, request), blob(request.body!, header("content-type")));
  }
  fetch(address(target, request), init(request)).catch(() => {}); // Nobody is left to hear of it.
  return true;
};

const address = (target: HttpTarget, request: HttpRequest): string =>
  request.path.startsWith("http")
    ? request.path
    : new URL(request.path, `${target.secure ? "https" : "http"}://${target.hostHeader}/`).href;

const gzip = async (bytes: Uint8Array): Promise<Uint8Array> => {
  const packed = blob(bytes).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
};

const blob = (bytes: Uint8Array, type = ""): Blob => new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
