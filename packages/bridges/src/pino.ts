/** Pino, both ways: records to a pino instance, pino's lines to records. @packageDocumentation */
export { type PinoDestination, type PinoDestinationOptions, pinoDestination } from "./pino/pino-destination.js";
export { PinoHandler, type PinoHandlerOptions, type PinoLike } from "./pino/pino-handler.js";
