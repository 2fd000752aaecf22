import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";
import type { Socket } from "node:net";
import { endianness } from "node:os";

/** What the operating system holds of a TCP connection because the far side has not acknowledged it. */
export interface SendQueue {
  /** Bytes not acknowledged, those included that were not sent yet. */
  readonly bytes: number;
  /** How many times in a row the oldest of them was sent again in vain; an acknowledgement of anything sets it back to 0. */
  readonly retransmits: number;
  /** The far side has said that it has no room: it is alive, and asked from time to time whether it has room again. */
  readonly probing: boolean;
}

/** The two ends of a connection. */
export type Ends = Pick<Socket, "localAddress" | "localPort" | "remoteAddress" | "remotePort">;

/** One read of the system's table gives no more than a page, whatever it is asked for. */
const READ_BYTES = 16_384;
/** `icsk_pending` of the kernel's `get_tcp4_sock`: the timer that asks a far side without room. */
const ZERO_WINDOW_TIMER = 4;

/**
 * Looks up the send queue of a connection in the kernel's table of sockets. `undefined` where the system has no such table (all but Linux),
 * does not let it be read, or does not list the connection; never fails. The table is read until the connection is found, and closed again.
 * @param folder where the tables are. `self` is what this process sees: inside a container, the connections of the container
 */
export const readSendQueue = async (socket: Ends, folder = "/proc/self/net"): Promise<SendQueue | undefined> => {
  const ends = endsOf(socket);
  if (process.platform !== "linux" || ends === undefined) return undefined;
  const path = `${folder}/${ends.v6 ? "tcp6" : "tcp"}`;
  try {
    if (wouldAsk(path)) return undefined;
    const table = await open(path);
    try {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      for (let rest = ""; ; ) {
        const { bytesRead } = await table.read(buffer, 0, READ_BYTES, null);
        if (bytesRead === 0) return sendQueueIn(rest, ends.key);
        const text = rest + buffer.toString("latin1", 0, bytesRead);
        const whole = text.lastIndexOf("\n") + 1;
        const found = sendQueueIn(text.slice(0, whole), ends.key);
        if (found !== undefined) return found;
        rest = text.slice(whole);
      }
    } finally {
      await table.close();
    }
  } catch {
    return undefined;
  }
};

/** Deno asks whoever sits at the terminal before it opens a file that it was not allowed. Nobody is asked anything because of a log. */
const wouldAsk = (path: string): boolean => {
  const { Deno } = globalThis as { Deno?: { permissions: { querySync(wanted: { name: "read"; path: string }): { state: string } } } };
  return Deno !== undefined && Deno.permissions.querySync({ name: "read", path }).state !== "granted";
};

/** Finds a connection in the text of `/proc/net/tcp` or `/proc/net/tcp6`. */
export const sendQueueIn = (table: string, key: string): SendQueue | undefined => {
  const at = table.indexOf(key);
  if (at === -1) return undefined;
  // State, tx_queue:rx_queue, timer:when, retransmits; all hexadecimal.
  const fields = /^[0-9A-F]{2} ([0-9A-F]{8}):[0-9A-F]{8} ([0-9A-F]{2}):[0-9A-F]{8} ([0-9A-F]{8})/.exec(
    table.slice(at + key.length, at + key.length + 64),
  );
  if (fields === null) return undefined;
  const [bytes, timer, retransmits] = fields.slice(1).map((text) => Number.parseInt(text, 16)) as [number, number, number];
  return { bytes, retransmits, probing: timer === ZERO_WINDOW_TIMER };
};

/** How the table names a connection: by both ends, addresses as words of this machine although they are held in the order of the network. */
export const sendQueueKey = (localAddress: string, localPort: number, remoteAddress: string, remotePort: number): string =>
  ` ${end(localAddress, localPort)} ${end(remoteAddress, remotePort)} `;

const endsOf = ({ localAddress, localPort, remoteAddress, remotePort }: Ends): { v6: boolean; key: string } | undefined => {
  if (localAddress === undefined || localPort === undefined || remoteAddress === undefined || remotePort === undefined) return undefined;
  // A mapped IPv4 address is written with colons too, and belongs to a socket of the IPv6 table.
  return { v6: remoteAddress.includes(":"), key: sendQueueKey(localAddress, localPort, remoteAddress, remotePort) };
};

const end = (address: string, port: number): string => `${hexWords(bytesOf(address))}:${hex(port, 4)}`;

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");

/** Words of four bytes, each printed as a number of this machine. */
const hexWords = (bytes: readonly number[]): string => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4) {
    const word = bytes.slice(i, i + 4);
    text += (endianness() === "LE" ? word.reverse() : word).map((byte) => hex(byte, 2)).join("");
  }
  return text;
};

const bytesOf = (address: string): readonly number[] => {
  if (!address.includes(":")) return address.split(".").map(Number);
  const plain = address.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, ...part: string[]) => `${pair(part[0]!, part[1]!)}:${pair(part[2]!, part[3]!)}`,
  );
  const [head = [], tail] = plain.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const groups = tail === undefined ? head : [...head, ...new Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  // A zone at the end (`%eth0`) is left out by `parseInt`: the table has none.
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
};

const pair = (high: string, low: string): string => (Number(high) * 256 + Number(low)).toString(16);
