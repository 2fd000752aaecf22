import { LoggingError } from "./errors.js";
import { DEBUG, ERROR, INFO, WARNING } from "./levels.js";
import { NullHandler } from "./null-handler.js";
import { processLike } from "./runtime.js";
import { shared } from "./shared.js";
import { getLogger } from "./tree.js";
import { attempt } from "./values.js";

const METHODS: Readonly<Record<string, number>> = { debug: DEBUG, log: INFO, info: INFO, warn: WARNING, error: ERROR, trace: DEBUG };

export interface CaptureConsoleOptions {
  /** Name of the logger that gets what the console is told. Default `console`. */
  readonly logger?: string;
}

/**
 * Sends what is written to the console (`log info debug warn error trace`) to a logger instead, or gives the console back.
 * `ConsoleHandler` and the last resort go on writing to the real console.
 */
export function captureConsole(on: boolean, options: CaptureConsoleOptions = {}): void {
  const target = console as unknown as Record<string, (...args: unknown[]) => void>;
  if (shared.console) {
    Object.assign(target, shared.console);
    shared.console = undefined;
  }
  if (!on) return;
  const logger = getLogger(options.logger ?? "console").with({}, { callSiteSkip: 1 });
  const originals: Record<string, (...args: unknown[]) => void> = {};
  for (const [method, level] of Object.entries(METHODS)) {
    originals[method] = target[method]!;
    target[method] = (message: unknown, ...args: unknown[]) => logger.log(level, message, ...args);
  }
  shared.console = originals;
}

let printers: ((...args: never[]) => void)[] | undefined;

const onWarning = (warning: Error): void => {
  getLogger("node.warnings").warning(
    "%s",
    attempt(() => warning.stack ?? String(warning), "[unprintable]"),
  );
};

/**
 * Sends the process's warnings to the logger `node.warnings` instead of standard error, or gives them back. As in Python that logger gets a
 * `NullHandler` when it has no handler.
 * @throws LoggingError `RUNTIME_UNSUPPORTED` where there are no process warnings.
 */
export function captureWarnings(on: boolean): void {
  const process = processLike();
  if (!process?.on || !process.off || !process.listeners) {
    throw new LoggingError("RUNTIME_UNSUPPORTED", "captureWarnings: no warnings here");
  }
  if (on === (printers !== undefined)) return;
  if (!on) {
    process.off("warning", onWarning as never);
    for (const printer of printers ?? []) process.on("warning", printer);
    printers = undefined;
    return;
  }
  const logger = getLogger("node.warnings");
  if (logger.handlers.length === 0) logger.addHandler(new NullHandler());
  // Node's own printer is a listener of this name; the application's listeners stay.
  printers = process.listeners("warning").filter((listener) => listener.name === "onWarning" && (listener as unknown) !== onWarning);
  for (const printer of printers) process.off("warning", printer);
  process.on("warning", onWarning as never);
}
