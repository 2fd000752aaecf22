/** What of this package runs in browsers: `HttpHandler`, over `fetch`. @packageDocumentation */
export { DEFAULT_HTTP_LOGGING_PORT, type HttpCredentials, HttpHandler, type HttpHandlerOptions } from "./http-handler.js";
export type { HttpBatchOptions, HttpRetryOptions } from "./http-sender.js";
export type { OutboxOptions, WhenFull } from "./outbox.js";
export type { TlsOptions } from "./tls.js";
