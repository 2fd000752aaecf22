import { createSocket, type Socket } from "node:dgram";
import { type AddressInfo, isIPv6 } from "node:net";
import { FRAME_HEADER_BYTES } from "../frame.js";
import { frameRefused } from "../frame-refused.js";
import { makeOrigin, type Origin } from "./origin.js";
import type { PeerSettings } from "./peer-settings.js";
import { SYSLOG_MARK, syslogAttributes } from "./syslog-attributes.js";
import { isRefusal } from "./tally.js";

/** What the operating system keeps of datagrams that were not read yet; it may grant less. */
const RECEIVE_BUFFER_BYTES = 4_194_304;

/** Records over UDP: each datagram is one frame, with its length prefix as Python sends it, or without, or a syslog message. */
export const listenUdp = async (
  host: string,
  port: number,
  settings: PeerSettings,
  pending: Set<Promise<void>>,
): Promise<{ readonly socket: Socket; readonly address: AddressInfo }> => {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  socket.on("message", (message, from) => {
    if (settings.rates.take(from.address, 0) > 0) return settings.tally.refuse("rate", from.address);
    settings.rates.take(from.address, 1);
    try {
      const outcome = hand(message, makeOrigin({ transport: "udp", address: from.address, port: from.port }), settings);
      if (outcome === undefined) settings.tally.received++;
      else follow(outcome, settings, pending);
    } catch (error) {
      if (isRefusal(error)) settings.tally.refuse("datagram", `${from.address}:${from.port}`, error);
      else settings.tally.fail("onRecord", error, 1);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: host, port }, () => {
      socket.off("error", reject);
      socket.on("error", () => {}); // Of single datagrams; the socket goes on.
      resolve();
    });
  });
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system's own size is kept.
  }
  return { socket, address: socket.address() };
};

const hand = (message: Buffer, origin: Origin, { intake, maxFrameBytes }: PeerSettings): void | Promise<void> =>
  message[0] === SYSLOG_MARK
    ? intake.attributes(syslogAttributes(message), origin)
    : intake.payload(message, payloadStart(message, maxFrameBytes), message.length, origin);

const payloadStart = (message: Buffer, maxBytes: number): number => {
  if (message[0] === 0x7b) return 0;
  if (message.length <= FRAME_HEADER_BYTES) throw frameRefused("the datagram is too short");
  const length = message.readUInt32BE(0);
  if (length !== message.length - FRAME_HEADER_BYTES || length > maxBytes) throw frameRefused("the datagram's prefix does not fit it");
  return FRAME_HEADER_BYTES;
};

/** Counts a record when its `onRecord` settles. */
const follow = (outcome: Promise<void>, { tally }: PeerSettings, pending: Set<Promise<void>>): void => {
  const settled = outcome
    .then(
      () => void tally.received++,
      (error: unknown) => tally.fail("onRecord", error, 1),
    )
    .finally(() => pending.delete(settled));
  pending.add(settled);
};
