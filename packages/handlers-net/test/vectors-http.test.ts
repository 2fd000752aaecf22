import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { HttpHandler } from "@cordwood/handlers-net";
import { loadVectors } from "@cordwood/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vectorRecord } from "./support/vector-record.js";

interface Input {
  host: string;
  url: string;
  method: string | null;
  secure: boolean | null;
  credentials: [string, string] | null;
  record: Record<string, unknown>;
}
interface Expected {
  requestLine: string;
  headers: [string, string][];
  body: string;
}

let server: Server;
let request = "";
const connections = [HttpAgent.prototype, HttpsAgent.prototype].map((agent) => ({ agent, create: agent.createConnection }));

/** Takes down the bytes of one request, wherever it was meant to go; TLS is left away, as where the recorded bytes were taken down. */
beforeAll(async () => {
  server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const end = text.indexOf("\r\n\r\n");
      if (end < 0 || Buffer.byteLength(text.slice(end + 4)) < Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)) return;
      request = text;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  for (const { agent } of connections) agent.createConnection = () => connect((server.address() as AddressInfo).port, "127.0.0.1");
});

afterAll(() => {
  for (const { agent, create } of connections) agent.createConnection = create;
  server.close();
});

const make = (input: Input): HttpHandler =>
  new HttpHandler(input.host, input.url, {
    ...(input.method === null ? {} : { method: input.method }),
    ...(input.secure === null ? {} : { secure: input.secure }),
    ...(input.credentials === null ? {} : { credentials: input.credentials }),
  });

/** Attributes whose text cannot be Python's: a tuple has become an array, and empty arguments are taken for none. */
const differing = (record: Record<string, unknown>): string[] =>
  Object.keys(record).filter((key) => {
    const value = record[key];
    if (key === "args") return typeof value === "object" && value !== null && "$tuple" in value && (value.$tuple as unknown[]).length === 0;
    return JSON.stringify(value)?.includes('"$tuple"') === true;
  });

const form = (text: string, without: readonly string[]): string =>
  text
    .split("&")
    .filter((pair) => !without.includes(pair.split("=")[0]!))
    .join("&");

describe("vectors: http", () => {
  for (const one of loadVectors<Input, Expected>("io", "http", import.meta.url)) {
    test(one.id, async () => {
      const { input } = one;
      if (one.error !== undefined) {
        // CPython finds a bad address when it emits; here the handler cannot be made.
        expect(() => make(input)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^HTTP_(URL|METHOD)_INVALID$/) }));
        return;
      }
      const handler = make(input);
      handler.handle(vectorRecord(input.record));
      await handler.close();
      expect(handler.stats()).toMatchObject({ accepted: 1, delivered: 1 });
      const [head, body] = request.split("\r\n\r\n") as [string, string];
      const [line, ...headers] = head.split("\r\n") as [string, ...string[]];
      const wanted = one.expected!;
      const without = differing(input.record);
      const same = (text: string): string =>
        text.replace(/(\?&?)([^ ]*name=[^ ]*)/, (_, mark: string, query: string) => mark + form(query, without));
      expect(same(line)).toBe(same(wanted.requestLine));
      expect(form(body, without)).toBe(form(wanted.body, without));
      // Node says that it would keep the connection; the rest is Python's, in Python's order.
      const given = headers
        .filter((header) => !/^connection:/i.test(header))
        .map((header) => header.replace(/^(content-length): .*/i, "$1"));
      expect(given).toEqual(wanted.headers.map(([name, value]) => (name === "Content-length" ? name : `${name}: ${value}`)));
      if (body !== "") expect(/content-length: (\d+)/i.exec(head)![1]).toBe(String(Buffer.byteLength(body)));
    });
  }
});
