/** Records across the network: handlers for TCP, UDP, syslog, HTTP and mail, and the receiving server. @packageDocumentation */

export type { AcknowledgementOptions } from "./acknowledged-sender.js";
export type { ConnectionOptions } from "./connection.js";
export { DatagramHandler, type DatagramHandlerOptions, DEFAULT_UDP_LOGGING_PORT } from "./datagram-handler.js";
// For those who speak the protocol themselves
export { type DecodeFrameOptions, decodeFrame, type EncodeFrameOptions, encodeFrame, type FrameCodec } from "./frame.js";
export { DEFAULT_HTTP_LOGGING_PORT, type HttpCredentials, HttpHandler, type HttpHandlerOptions } from "./http-handler.js";
export type { HttpBatchOptions, HttpRetryOptions } from "./http-sender.js";
export type { OutboxOptions, WhenFull } from "./outbox.js";
export type { OnRecord } from "./receiver/intake.js";
// For applications that receive
export {
  type HttpReceiverAddress,
  LogReceiver,
  type LogReceiverOptions,
  type ReceiverAddress,
  type ReceiverAddresses,
  type ReceiverListeners,
} from "./receiver/log-receiver.js";
export type { Origin } from "./receiver/origin.js";
export type { ReceiverStats } from "./receiver/tally.js";
export type { WireAttributes } from "./record-json.js";
export type { DigestOptions } from "./smtp-digest.js";
export { SMTP_PORT, SmtpHandler, type SmtpHandlerOptions } from "./smtp-handler.js";
export type { SmtpRetryOptions } from "./smtp-sender.js";
// For applications that send
export { DEFAULT_TCP_LOGGING_PORT, SocketHandler, type SocketHandlerOptions } from "./socket-handler.js";
export type { SpoolOptions } from "./spool.js";
export { SYSLOG_PORT, SysLogHandler, type SysLogHandlerOptions } from "./syslog-handler.js";
export type { SyslogFraming } from "./syslog-message.js";
export { SYSLOG_FACILITIES, SYSLOG_PRIORITIES } from "./syslog-names.js";
export type { TlsOptions } from "./tls.js";
export { type UnpickleOptions, unpickle } from "./unpickle.js";
