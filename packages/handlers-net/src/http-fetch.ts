import type { HttpRequest, HttpResponse, HttpTarget, HttpTransport } from "./http-request.js";

/** What browsers take along when a page goes away, for all requests together: 64 KiB, a little of it for what is not counted here. */
const MAX_KEEPALIVE_BYTES = 60_000;
/** An answer is read up to here; nobody looks at it. */
const MAX_ANSWER_BYTES = 65_536;
/** Headers that `fetch` sets itself and does not let be set. */
const FORBIDDEN: ReadonlySet<string> = new Set(["host", "accept-encoding", "content-length"]);

/** Requests by `fetch`, and by `sendBeacon` while a page goes away. */
export const fetchTransport = (): HttpTransport => ({ send, gzip, farewell });

/** Bytes of requests that outlive the page. */
let keptAlive = 0;

const send = async (target: HttpTarget, request: HttpRequest, timeoutMs: number): Promise<HttpResponse> => {
  const length = request.body?.length ?? 0;
  const keepalive = keptAlive + length <= MAX_KEEPALIVE_BYTES;
  const signal = AbortSignal.timeout(timeoutMs);
  if (keepalive) keptAlive += length;
  try {
    const response = await fetch(address(target, request), { ...init(request, keepalive), signal });
    // Read to its end: until then the browser counts it among what outlives the page.
    await readAway(response).catch(() => {});
    return { status: response.type === "opaqueredirect" ? 0 : response.status, retryAfter: response.headers.get("retry-after") };
  } finally {
    if (keepalive) keptAlive -= length;
  }
};

const readAway = async (response: Response): Promise<void> => {
  const reader = response.body?.getReader();
  for (let length = 0; reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) return;
    length += value.length;
    if (length > MAX_ANSWER_BYTES) return reader.cancel();
  }
};

const init = (request: HttpRequest, keepalive: boolean): RequestInit => ({
  method: request.method,
  headers: request.headers.filter(([name]) => !FORBIDDEN.has(name.toLowerCase())).map(([name, value]): [string, string] => [name, value]),
  body: (request.body ?? null) as RequestInit["body"] & (Uint8Array | null),
  redirect: "manual",
  credentials: "omit",
  keepalive,
});

const farewell = (target: HttpTarget, request: HttpRequest): boolean => {
  const length = request.body?.length ?? 0;
  if (keptAlive + length > MAX_KEEPALIVE_BYTES) return false;
  if (isBeacon(target, request)) return beacon(target, request, header(request, "content-type"));
  if (!("keepalive" in Request.prototype) && isPlain(request)) return beacon(target, request, "text/plain");
  keptAlive += length;
  fetch(address(target, request), init(request, true))
    .catch(() => {}) // Nobody is left to hear of it.
    .finally(() => (keptAlive -= length));
  return true;
};

/** Whether a beacon gets there: one for another origin carries cookies, so that a type that has to be asked for first is refused it. */
const isBeacon = (target: HttpTarget, request: HttpRequest): boolean => {
  const { location } = globalThis as { location?: { readonly origin: string } };
  const asked = header(request, "content-type") !== "application/x-www-form-urlencoded";
  return isPlain(request) && (!asked || new URL(address(target, request)).origin === location?.origin);
};

/** A beacon carries no header but its type. */
const isPlain = (request: HttpRequest): boolean =>
  request.method === "POST" &&
  header(request, "authorization") === undefined &&
  header(request, "content-encoding") === undefined &&
  typeof navigatorLike()?.sendBeacon === "function";

const navigatorLike = (): { sendBeacon(url: string, data: Blob): boolean } | undefined =>
  (globalThis as { navigator?: { sendBeacon(url: string, data: Blob): boolean } }).navigator;

const header = (request: HttpRequest, wanted: string): string | undefined =>
  request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];

const beacon = (target: HttpTarget, request: HttpRequest, type: string | undefined): boolean =>
  navigatorLike()!.sendBeacon(address(target, request), blob(request.body!, type));

const address = (target: HttpTarget, request: HttpRequest): string =>
  request.path.startsWith("http")
    ? request.path
    : new URL(request.path, `${target.secure ? "https" : "http"}://${target.hostHeader}/`).href;

const gzip = async (bytes: Uint8Array): Promise<Uint8Array> => {
  const packed = blob(bytes).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
};

const blob = (bytes: Uint8Array, type = ""): Blob => new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
