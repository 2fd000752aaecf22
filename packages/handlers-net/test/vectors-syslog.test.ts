import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { makeLogRecord } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { SYSLOG_FACILITIES, SYSLOG_PRIORITIES, SysLogHandler, type SysLogHandlerOptions } from "@cordwood/handlers-net";
import { loadVectors, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Input {
  kind: "tables" | "encodePriority" | "mapPriority" | "message";
  facility: string | number;
  priority: string | number;
  transport: "udp" | "tcp" | "unix";
  name: string;
  levelname: string;
  levelno: number;
  ident: string | null;
  appendNul: boolean | null;
  format: string | null;
  message: string;
}

const folder = temporaryFolder();
const received: Buffer[] = [];
let arrived: () => void = () => {};
const udp = createSocket("udp4");
let tcp: Server;
let unix: Server;
const take = (bytes: Buffer): void => {
  received.push(bytes);
  arrived();
};
const streamServer = (): Server =>
  createServer((socket) => {
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("end", () => take(Buffer.concat(parts)));
  });

beforeAll(async () => {
  udp.on("message", take);
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  tcp = streamServer();
  unix = streamServer();
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => unix.listen(join(folder.path, "syslog"), resolve));
});

afterAll(() => {
  udp.close();
  tcp.close();
  unix.close();
  folder.remove();
});

const target = (transport: Input["transport"]): SysLogHandlerOptions => {
  if (transport === "udp") return { address: ["127.0.0.1", udp.address().port] };
  if (transport === "tcp") return { address: ["127.0.0.1", (tcp.address() as AddressInfo).port], transport: "tcp" };
  return { address: join(folder.path, "syslog") };
};

const send = async (input: Input): Promise<string> => {
  received.length = 0;
  const arrival = new Promise<void>((resolve) => (arrived = resolve));
  const handler = new SysLogHandler({
    ...target(input.transport),
    facility: input.facility,
    ...(input.ident === null ? {} : { ident: input.ident }),
    ...(input.appendNul === null ? {} : { appendNul: input.appendNul }),
    // Control characters are shown as text unless a formatter is told to leave them raw; CPython leaves them raw.
    formatter: new Formatter(input.format ?? "%(message)s", { controlCharacters: "raw" }),
  });
  handler.handle(makeLogRecord({ name: input.name, levelname: input.levelname, levelno: input.levelno, msg: input.message }));
  await handler.close();
  await arrival;
  return Buffer.concat(received).toString("hex");
};

describe("vectors: syslog", () => {
  const handler = new SysLogHandler({ address: ["127.0.0.1", 1] });
  for (const one of loadVectors<Input, unknown>("io", "syslog", import.meta.url)) {
    test(one.id, async () => {
      const { input } = one;
      if (input.kind === "tables") {
        const tables = one.expected as Record<"priorityNames" | "facilityNames" | "priorityMap", Record<string, unknown>>;
        expect({ ...SYSLOG_PRIORITIES }).toEqual(tables.priorityNames);
        expect({ ...SYSLOG_FACILITIES }).toEqual(tables.facilityNames);
        for (const [levelname, priority] of Object.entries(tables.priorityMap)) expect(handler.mapPriority(levelname)).toBe(priority);
      } else if (input.kind === "mapPriority") expect(handler.mapPriority(input.levelname)).toBe(one.expected);
      else if (input.kind === "encodePriority") {
        const encode = (): number => handler.encodePriority(input.facility, input.priority);
        if (one.error === undefined) expect(encode()).toBe(one.expected);
        else expect(encode).toThrow(expect.objectContaining({ code: expect.stringMatching(/^SYSLOG_(FACILITY|PRIORITY)_UNKNOWN$/) }));
      } else if (one.error !== undefined) {
        // CPython finds an unknown facility when it emits; here the handler cannot be made.
        await expect(send(input)).rejects.toMatchObject({ code: "SYSLOG_FACILITY_UNKNOWN" });
      } else expect(await send(input)).toBe((one.expected as { hex: string }).hex);
    });
  }
});
