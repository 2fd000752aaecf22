import { reportError, reportHeld } from "./error-reporter.js";
import { LoggingError } from "./errors.js";
import type { HandlerLike } from "./handler.js";
import { guard } from "./log-methods.js";
import { processLike } from "./runtime.js";
import { shared } from "./shared.js";
import { show } from "./values.js";

/** Puts a handler on the list of open ones, which `shutdown` closes and the end of the process flushes. */
export function register(handler: HandlerLike): void {
  shared.handlers.add(handler);
  if (shared.exit) return;
  shared.exit = true;
  // Node, Bun and Deno tell of the end of the process; a browser of the page going away.
  const process = processLike();
  if (process?.on) process.on("exit", flushAtExit);
  else (globalThis as { addEventListener?(type: string, listener: () => void): void }).addEventListener?.("pagehide", flushAtExit);
}

/** Open handlers that mind no flush they have not asked for, newest first. */
const flushable = (): HandlerLike[] =>
  [...shared.handlers].reverse().filter((handler) => (handler as { flushOnClose?: boolean }).flushOnClose !== false);

/** What a handler does before `flush` returns is done; nothing later runs in an ending process. */
function flushAtExit(): void {
  for (const handler of flushable()) {
    const flushing = guard("flush", () => handler.flush() as Promise<void> | undefined);
    flushing?.catch?.(() => {});
  }
  reportHeld();
}

/** Flushes and closes every open handler, newest first. What fails is reported, and the next one goes on. */
export async function shutdown(): Promise<void> {
  const flushed = flushable();
  for (const handler of [...shared.handlers].reverse()) {
    for (const verb of ["flush", "close"] as const) {
      try {
        if (verb === "close" || flushed.includes(handler)) await handler[verb]();
      } catch (error) {
        const message = `${handler.constructor?.name}: ${verb} failed`;
        reportError({ cause: message, message, error, handler });
      }
    }
    shared.handlers.delete(handler);
  }
  reportHeld();
}

/**
 * Shuts logging down when one of the signals arrives, then raises the signal again, so that the process ends as it would have.
 * Core installs no signal handler unless asked by this call.
 * @param options.timeoutMs longest wait for the handlers, in milliseconds. Default 5 000.
 * @returns a function that takes the signal handlers away.
 * @throws LoggingError `RUNTIME_UNSUPPORTED` where there are no signals.
 */
export function shutdownOn(signals: readonly string[], options: { readonly timeoutMs?: number } = {}): () => void {
  const process = processLike();
  if (!process?.on || !process.off || !process.kill) {
    throw new LoggingError("RUNTIME_UNSUPPORTED", `shutdownOn(${show(signals)}): no signals here; call shutdown()`);
  }
  const listeners = signals.map((signal) => {
    const listener = (): void => {
      const raise = (): void => {
        clearTimeout(timer);
        remove();
        process.kill?.(process.pid as number, signal);
      };
      const timer = setTimeout(raise, options.timeoutMs ?? 5_000);
      shutdown().then(raise, raise);
    };
    process.on?.(signal, listener);
    return [signal, listener] as const;
  });
  const remove = (): void => {
    for (const [signal, listener] of listeners) process.off?.(signal, listener);
  };
  return remove;
}
