import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import type { SocketHandlerOptions } from "@cordwood/handlers-net";
import { afterEach, beforeEach } from "vitest";

/** What is closed after the test. */
export const closing: { close(): unknown }[] = [];
beforeEach(() => setErrorReporter(() => {}));
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
  resetLogging();
});

export const quick: SocketHandlerOptions = { reconnectInitialMs: 5, reconnectMaxMs: 20, closeTimeoutMs: 300 };
export const numbered = (i: number, text = ""): LogRecord =>
  makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}${text}` });
export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
/** A server on a port of its own that hands each connection over. */
export const listen = async (take: (socket: Socket) => void, port = 0): Promise<Server & { port: number }> => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  closing.push(server);
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
};
