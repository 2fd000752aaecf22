import { readdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from "node:net";
import { endianness } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readSendQueue, sendQueueIn, sendQueueKey } from "../src/send-queue.js";
import { until } from "./support/until.js";

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 5876 1 00000000ed9aa0c1 100 0 0 10 0
   1: 0100090A:EA2E 0200090A:1E61 01 0000300C:00000000 01:000004AB 00000007     0        0 856355 3 0000000016b7f4a1 20 4 30 1 7
   2: 0100090A:EA30 0200090A:1E61 01 00000000:00000000 02:00000512 00000000     0        0 856356 2 0000000016b7f4a2 20 4 30 10 -1
   3: 0100007F:C001 0100007F:1388 01 0002FAF0:0000000A 04:00000A33 00000000     0        0 856357 2 0000000016b7f4a3 20 4 30 10 -1
   4: 0100090A:EA2F 0200090A:1E61 01 0000012C:00000000 01:00000014 00000000     0        0 856358 2 0000000016b7f4a4 20 4 30 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5312 1 00000000d3d14704 100 0 0 10 0
   1: 0000000000000000FFFF00000100090A:C350 0000000000000000FFFF00000200090A:1388 01 000001F4:00000000 01:00000014 00000002     0        0 5313 2 00000000d3d14705 20 4 30 10 -1
   2: B80D0120000000000000000001000000:C351 B80D01200100000000000000EFBEADDE:1388 01 00000064:00000000 01:00000014 0000000C     0        0 5314 2 00000000d3d14706 20 4 30 10 -1
   3: 00000000000000000000000001000000:C352 00000000000000000000000001000000:1388 01 00000000:00000000 00:00000000 00000000     0        0 5315 2 00000000d3d14707 20 4 30 10 -1
   4: 000080FE00000000FF005450122FC8FE:C353 000080FE00000000FF005450FFFFC8FE:1388 01 00000009:00000000 01:00000014 00000001     0        0 5316 2 00000000d3d14708 20 4 30 10 -1
`;

// The tables are of a little-endian machine.
describe.skipIf(endianness() !== "LE")("the kernel's tables of sockets", () => {
  test.for([
    ["in vain sent again", TCP, "10.9.0.1", 59_950, "10.9.0.2", 7_777, { bytes: 12_300, retransmits: 7, probing: false }],
    ["nothing under way", TCP, "10.9.0.1", 59_952, "10.9.0.2", 7_777, { bytes: 0, retransmits: 0, probing: false }],
    ["a far side without room", TCP, "127.0.0.1", 49_153, "127.0.0.1", 5_000, { bytes: 195_312, retransmits: 0, probing: true }],
    ["just under way", TCP, "10.9.0.1", 59_951, "10.9.0.2", 7_777, { bytes: 300, retransmits: 0, probing: false }],
    ["a mapped address", TCP6, "::ffff:10.9.0.1", 50_000, "::ffff:10.9.0.2", 5_000, { bytes: 500, retransmits: 2, probing: false }],
    ["a short address", TCP6, "2001:db8::1", 50_001, "2001:db8:0:1::dead:beef", 5_000, { bytes: 100, retransmits: 12, probing: false }],
    ["the loopback", TCP6, "::1", 50_002, "::1", 5_000, { bytes: 0, retransmits: 0, probing: false }],
    [
      "a link's own address",
      TCP6,
      "fe80::5054:ff:fec8:2f12%eth0",
      50_003,
      "fe80::5054:ff:fec8:ffff%eth0",
      5_000,
      { bytes: 9, retransmits: 1, probing: false },
    ],
    ["the other end of a connection", TCP, "10.9.0.2", 7_777, "10.9.0.1", 59_950, undefined],
    ["an unknown connection", TCP6, "2001:db8::1", 50_001, "2001:db8::2", 5_000, undefined],
  ] as const)("tell of %s", ([, table, localAddress, localPort, remoteAddress, remotePort, expected]) => {
    expect(sendQueueIn(table, sendQueueKey(localAddress, localPort, remoteAddress, remotePort))).toEqual(expected);
  });

  test("tell nothing where a line is cut short or is none", () => {
    const key = sendQueueKey("10.9.0.1", 59_950, "10.9.0.2", 7_777);
    expect(sendQueueIn(TCP.slice(0, TCP.indexOf("000004AB")), key)).toBeUndefined();
    expect(sendQueueIn(`${key}nonsense`, key)).toBeUndefined();
    expect(sendQueueIn("", key)).toBeUndefined();
  });
});

describe.skipIf(process.platform !== "linux")("the send queue of a connection", () => {
  const open: (Server | Socket)[] = [];
  afterEach(() => {
    for (const each of open.splice(0)) "close" in each ? each.close() : each.destroy();
  });

  test.for(["127.0.0.1", "::ffff:127.0.0.1", "::1"])("is found (%s)", async (host) => {
    const accepted: Socket[] = [];
    const server = createTcp((socket) => {
      open.push(socket.pause());
      accepted.push(socket);
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, host === "::1" ? "::1" : "127.0.0.1", resolve));
    const socket = connect((server.address() as AddressInfo).port, host);
    open.push(socket);
    await until("the connection", () => accepted.length === 1);
    expect(await readSendQueue(socket)).toEqual({ bytes: 0, retransmits: 0, probing: false });
    // More than the far side has room for while it does not read.
    socket.write(Buffer.alloc(16_777_216));
    await until("a full queue", async () => (await readSendQueue(socket))?.probing === true);
    expect((await readSendQueue(socket))!.bytes).toBeGreaterThan(0);
    accepted[0]!.resume();
    await until("an empty queue", async () => socket.writableLength === 0 && (await readSendQueue(socket))?.bytes === 0);
  });

  test("is found wherever in the table it stands, whole lines or not", async () => {
    const folder = temporaryFolder();
    try {
      const [head, listening] = TCP.split("\n") as [string, string];
      for (let before = 100; before < 350; before++) {
        const line = "   1: 0100090A:EA2E 0200090A:1E61 01 0000300C:00000000 01:000004AB 00000007     0        0 856355 3";
        writeFileSync(join(folder.path, "tcp"), `${[head, ...new Array<string>(before).fill(listening), line].join("\n")}\n`);
        const ends = { localAddress: "10.9.0.1", localPort: 59_950, remoteAddress: "10.9.0.2", remotePort: 7_777 };
        expect([before, await readSendQueue(ends, folder.path)]).toEqual([before, { bytes: 12_300, retransmits: 7, probing: false }]);
      }
    } finally {
      folder.remove();
    }
  });

  test("is unknown where there is no table, and leaves no descriptor behind where there is one", async () => {
    const ends = { localAddress: "192.0.2.1", localPort: 1, remoteAddress: "192.0.2.2", remotePort: 2 };
    expect(await readSendQueue(ends, "/nowhere")).toBeUndefined();
    const before = readdirSync("/proc/self/fd").length;
    for (let i = 0; i < 20; i++) expect(await readSendQueue(ends)).toBeUndefined();
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 10);
  });

  test.for([
    ["granted", { bytes: 12_300, retransmits: 7, probing: false }],
    ["prompt", undefined],
  ] as const)("is looked up in Deno without asking anybody (%s)", async ([state, expected]) => {
    const folder = temporaryFolder();
    vi.stubGlobal("Deno", { permissions: { querySync: () => ({ state }) } });
    try {
      writeFileSync(join(folder.path, "tcp"), TCP);
      const ends = { localAddress: "10.9.0.1", localPort: 59_950, remoteAddress: "10.9.0.2", remotePort: 7_777 };
      expect(await readSendQueue(ends, folder.path)).toEqual(expected);
    } finally {
      vi.unstubAllGlobals();
      folder.remove();
    }
  });

  test("is unknown when there is no connection", async () => {
    expect(await readSendQueue(connect({ path: "/nowhere" }).on("error", () => {}))).toBeUndefined();
  });
});
