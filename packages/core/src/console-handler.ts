import { checkOptions, HANDLER_OPTIONS } from "./check-options.js";
import { Handler, type HandlerOptions } from "./handler.js";
import { ERROR, INFO, WARNING } from "./levels.js";
import type { LogRecord } from "./record.js";
import { shared } from "./shared.js";

/** Writes to the console by the method of the level: `debug`, `info`, `warn`, `error`. */
export class ConsoleHandler extends Handler {
  constructor(options: HandlerOptions = {}) {
    checkOptions(new.target.name, options, HANDLER_OPTIONS);
    super(options);
  }

  protected override emit(record: LogRecord): void {
    const level = record.levelno;
    const method = level >= ERROR ? "error" : level >= WARNING ? "warn" : level >= INFO ? "info" : "debug";
    // The console's own methods, also while captureConsole stands in their place.
    const write = shared.console?.[method] ?? console[method].bind(console);
    const toConsole = this.formatter?.formatToConsole;
    if (toConsole) write(...toConsole.call(this.formatter, record));
    else write("%s", this.format(record));
  }
}
