import type { IncomingMessage } from "node:http";
import type { HttpRequest, HttpResponse, HttpTarget, HttpTransport } from "./http-request.js";
import type { TlsSource } from "./tls.js";

/** An answer is read up to here, so that the connection can be used again; nobody looks at it. */
const MAX_ANSWER_BYTES = 65_536;

/** Requests by Node's own client, over one connection that is kept open. The modules are asked for here: browsers have none. */
export const nodeTransport = (tls: TlsSource | undefined): HttpTransport => {
  const http = process.getBuiltinModule("node:http");
  const https = process.getBuiltinModule("node:https");
  const zlib = process.getBuiltinModule("node:zlib");
  const settings = { keepAlive: true, maxSockets: 1 };
  let agent: import("node:http").Agent | undefined;

  const send = (target: HttpTarget, request: HttpRequest, timeoutMs: number): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      agent ??= target.secure ? new https.Agent(settings) : new http.Agent(settings);
      const headers: Record<string, string> = {};
      for (const [name, value] of request.headers) headers[name] = value;
      const options = { agent, host: target.hostname, port: target.port, method: request.method, path: request.path, headers };
      const outgoing = target.secure ? https.request({ ...options, ...tls?.material() }) : http.request(options);
      const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs).unref();
      outgoing.on("socket", (socket) => void socket.unref());
      outgoing.on("error", reject);
      outgoing.on("close", () => clearTimeout(timer));
      outgoing.on("response", (answer) => {
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"] ?? null });
        readAway(answer);
      });
      outgoing.end(request.body);
    });

  const gzip = (bytes: Uint8Array): Promise<Uint8Array> =>
    new Promise((resolve, reject) => zlib.gzip(bytes, (error, packed) => (error === null ? resolve(packed) : reject(error))));

  return { send, gzip };
};

const readAway = (answer: IncomingMessage): void => {
  let length = 0;
  answer.on("error", () => {}); // The status has been read; what breaks afterwards changes nothing.
  answer.on("data", (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) answer.destroy();
  });
};
