import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { frameRefused } from "../frame-refused.js";
import { parseWireArray, type WireAttributes } from "../record-json.js";
import { formAttributes, isArray, jsonAttributes, unpack } from "./http-body.js";
import { makeOrigin } from "./origin.js";
import type { Budget, PeerSettings } from "./peer-settings.js";
import type { ListenOptions } from "./stream-listener.js";
import { isRefusal } from "./tally.js";

export interface HttpSettings {
  /** The exact `Authorization` header to ask for. */
  readonly authorization: string | undefined;
  /** Origins whose pages may send records. */
  readonly allowedOrigins: readonly string[];
  /** Names that a request's `Host` may carry; `undefined`: any. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
}

class Refused extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
    this.reason = reason;
  }
}

/** Records over HTTP: Python's GET and POST forms, a JSON object or array, or NDJSON; answered with 204 once handled. */
export const listenHttp = async (
  options: ListenOptions,
  http: HttpSettings,
  settings: PeerSettings,
): Promise<{ readonly server: Server; readonly address: AddressInfo }> => {
  const limits = {
    requestTimeout: http.requestTimeoutMs,
    headersTimeout: http.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, http.requestTimeoutMs),
    maxHeaderSize: 65_536,
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    void serve(request, response, http, settings, options.tls !== undefined);
  const server =
    options.tls === undefined
      ? createServer(limits, answer)
      : createTlsServer({ ...limits, ...options.tls.material(), rejectUnauthorized: options.tls.material().requestCert === true }, answer);
  server.maxConnections = http.maxConnections;
  settings.addresses.guard(server);
  server.on("clientError", (error, socket) => {
    settings.tally.refuse("request", (socket as Socket).remoteAddress ?? "a peer", error);
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      server.on("error", () => {}); // A connection that could not be accepted; the next one may be.
      resolve();
    });
  });
  return { server, address: server.address() as AddressInfo };
};

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  http: HttpSettings,
  settings: PeerSettings,
  secure: boolean,
): Promise<void> => {
  const address = request.socket.remoteAddress ?? "unknown";
  const origin = makeOrigin({
    transport: secure ? "https" : "http",
    address,
    ...(request.socket.remotePort === undefined ? {} : { port: request.socket.remotePort }),
  });
  let handled = 0;
  try {
    admit(request, response, http);
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    refuseIfTooFast(settings.rates.take(address, 0), response);
    for (const attributes of await recordsOf(request, settings)) {
      settings.rates.take(address, 1);
      await settings.intake.attributes(attributes, origin);
      settings.tally.received++;
      handled++;
    }
    response.writeHead(204).end();
  } catch (error) {
    const status = error instanceof Refused ? error.status : isRefusal(error) ? 400 : 500;
    if (status === 500) settings.tally.fail("onRecord", error, 0);
    else settings.tally.refuse(error instanceof Refused ? error.reason : "request", address, error);
    if (!response.headersSent)
      response.writeHead(status, { connection: "close", "content-type": "text/plain" }).end(`${handled} records were taken\n`);
  }
};

/** What was taken before may be more than its share; the sender waits for it. */
const refuseIfTooFast = (waitMs: number, response: ServerResponse): void => {
  if (waitMs === 0) return;
  response.setHeader("retry-after", Math.ceil(waitMs / 1_000));
  throw new Refused(429, "rate");
};

/** Who may send at all; a page that some site made a browser open may not. */
const admit = (request: IncomingMessage, response: ServerResponse, http: HttpSettings): void => {
  const { host, origin, authorization } = request.headers;
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (http.allowedHosts !== undefined && !http.allowedHosts.includes(name)) throw new Refused(421, "host");
  if (origin !== undefined) {
    if (!http.allowedOrigins.includes(origin)) throw new Refused(403, "origin");
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-allow-headers", "authorization, content-type, content-encoding");
    response.setHeader("vary", "origin");
  }
  if (request.method === "OPTIONS") return;
  if (request.method !== "GET" && request.method !== "POST") throw new Refused(405, "method");
  if (http.authorization !== undefined && !same(authorization ?? "", http.authorization)) throw new Refused(401, "authorization");
};

const same = (given: string, wanted: string): boolean => {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return timingSafeEqual(a.length === b.length ? a : b, b) && a.length === b.length;
};

const recordsOf = async (
  request: IncomingMessage,
  { maxFrameBytes: maxBytes, budget }: PeerSettings,
): Promise<Iterable<WireAttributes>> => {
  if (request.method === "GET") {
    const query = (request.url ?? "").indexOf("?");
    if (query < 0) throw frameRefused("its address carries no record");
    return [formAttributes((request.url ?? "").slice(query + 1))];
  }
  const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  let body = await bodyOf(request, maxBytes, budget);
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding === "gzip") body = await unpack(body, maxBytes);
  else if (encoding !== "identity") throw new Refused(415, "encoding");
  if (type === "application/x-www-form-urlencoded") return [formAttributes(body.toString("utf8"))];
  if (type !== "application/json" && type !== "application/x-ndjson" && type !== "text/plain") throw new Refused(415, "type");
  return isArray(body) ? parseWireArray(body) : [...jsonAttributes(body)];
};

/** A request's body, within its own limit and that of all together. */
const bodyOf = async (request: IncomingMessage, maxBytes: number, budget: Budget): Promise<Buffer> => {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw new Refused(413, "length");
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      budget.heldBytes += part.length;
      if (length > maxBytes) throw new Refused(413, "length");
      if (budget.heldBytes > budget.maxBytes) throw new Refused(503, "memory");
      parts.push(part);
    }
    return Buffer.concat(parts, length);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(400, "aborted");
  } finally {
    budget.heldBytes -= length;
  }
};
