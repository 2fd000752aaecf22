import { connect, type Socket } from "node:net";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { encodeFrame, LogReceiver, type LogReceiverOptions, type ReceiverListeners } from "@cordwood/handlers-net";
import { afterEach, beforeEach } from "vitest";

export const receivers: LogReceiver[] = [];
export const sockets: Socket[] = [];
/** What the receivers of the running test have handed over. */
export const records: LogRecord[] = [];

beforeEach(() => {
  records.length = 0;
  setErrorReporter(() => {});
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const receiver of receivers.splice(0)) await receiver.close();
  resetLogging();
});

/** A receiver that is closed after the test; it keeps its records in `records`. */
export const start = async (listen: ReceiverListeners = { tcp: { port: 0 } }, options: LogReceiverOptions = {}): Promise<LogReceiver> => {
  const receiver = new LogReceiver(listen, { onRecord: (record) => void records.push(record), ...options });
  receivers.push(receiver);
  return receiver.start();
};
/** A connection to it, ended after the test. */
export const dial = (receiver: LogReceiver): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(receiver.addresses().tcp!.port, "127.0.0.1", () => resolve(socket.setNoDelay(true)));
    socket.on("error", () => {});
    sockets.push(socket);
  });
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
export const frame = (msg: string, more: Record<string, unknown> = {}): Buffer =>
  encodeFrame(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg, ...more }));
/** A frame of any text or bytes. */
export const raw = (text: string | Buffer): Buffer => {
  const payload = Buffer.from(text);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(payload.length);
  return Buffer.concat([prefix, payload]);
};
export const messages = (): string[] => records.map((record) => record.getMessage());
