/** A transport for pino's worker thread, in which Cordwood's handlers run. @packageDocumentation */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { LoggingError, show, shutdown } from "@cordwood/core";
import { PinoDestination, type PinoDestinationOptions } from "./pino/pino-destination.js";

export interface PinoTransportOptions extends PinoDestinationOptions {
  /**
   * Module that sets logging up in pino's worker: a file URL, an absolute path or a package. If its default export is a function, that is called
   * and awaited.
   */
  readonly setup: string;
}

/**
 * For `pino({ transport: { target: "@cordwood/bridges/pino-transport", options: { setup } } })`: pino's lines become records in the worker, where
 * the handlers that `setup` has made write them. When pino ends the transport, handlers are flushed and closed.
 * @throws LoggingError `OPTION_INVALID` without `setup`, `SETUP_FAILED` when it cannot be loaded or throws.
 */
export default async function pinoTransport(options: PinoTransportOptions): Promise<PinoDestination> {
  const { setup } = options ?? {};
  if (typeof setup !== "string" || setup === "") {
    throw new LoggingError("OPTION_INVALID", `pino transport: setup is ${show(setup)}; give the URL of a module that adds handlers`);
  }
  try {
    const module = (await import(isAbsolute(setup) ? pathToFileURL(setup).href : setup)) as { default?: unknown };
    if (typeof module.default === "function") await module.default();
  } catch (cause) {
    throw new LoggingError("SETUP_FAILED", `pino transport: ${setup} could not set logging up; see the cause`, { cause });
  }
  return new PinoDestination(options, shutdown);
}
