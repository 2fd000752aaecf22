/** Records across the network: handlers for TCP, UDP, syslog, HTTP and mail, and the receiving server. @packageDocumentation */

// For applications that send
export { DEFAULT_TCP_LOGGING_PORT, SocketHandler, type SocketHandlerOptions } from "./socket-handler.js";
export type { AcknowledgementOptions } from "./acknowledged-sender.js";
export type { ConnectionOptions } from "./connection.js";
export type { OutboxOptions, WhenFull } from "./outbox.js";
export type { SpoolOptions } from "./spool.js";
export type { TlsOptions } from "./tls.js";

// For applications that receive
export {
  type HttpReceiverAddress,
  LogReceiver,
  type LogReceiverOptions,
  type ReceiverAddress,
  type ReceiverAddresses,
  type ReceiverListeners,
} from "./receiver/log-receiver.js";
export type { OnRecord } from "./receiver/intake.js";
export type { Origin } from "./receiver/origin.js";
export type { ReceiverStats } from "./receiver/tally.js";

// For those who speak the protocol themselves
export { decodeFrame, type DecodeFrameOptions, encodeFrame, type EncodeFrameOptions, type FrameCodec } from "./frame.js";
export { type WireAttributes } from "./record-json.js";
export { unpickle, type UnpickleOptions } from "./unpickle.js";
