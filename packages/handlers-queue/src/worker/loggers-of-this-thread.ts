import { getLogger, getLoggers, type HandlerLike, type LogRecord } from "@cordwood/core";
import { type FinishedLines, giveTo, type LineTaker, takesLines } from "../finished-lines.js";
import { holdsOnPurpose } from "./handler-source.js";

/** So many loggers are looked at for each batch of lines; with more of them records are given one by one. */
const MOST_LOGGERS = 1_000;

/** Gives records to the loggers of their names, as a logging call here would, without asking for the loggers' levels. */
export class LoggersOfThisThread implements LineTaker {
  readonly level = 0;

  handle(record: LogRecord): void {
    getLogger(record.name).handle(record);
  }

  /** Whether every record, whatever its logger, ends at the root's handlers and these take lines. */
  get takesLines(): boolean {
    const root = getLogger();
    const all = getLoggers();
    if (all.length > MOST_LOGGERS || root.handlers.length === 0 || !root.handlers.every(takesLines)) return false;
    return all.every(({ parent, handlers, filters, propagate, disabled }) => {
      const isPlain = filters.length === 0 && !disabled;
      return isPlain && (parent === null || (handlers.length === 0 && propagate));
    });
  }

  handleLines(lines: FinishedLines): void {
    for (const handler of getLogger().handlers) {
      if (takesLines(handler) && handler.level <= lines.lowestLevel) handler.handleLines(lines);
      else for (let i = 0; i < lines.count; i++) giveByLevel(handler, lines.record(i));
    }
  }

  async flush(): Promise<void> {
    const handlers = new Set(getLoggers().flatMap((logger) => logger.handlers));
    for (const handler of handlers) if (!holdsOnPurpose(handler)) await handler.flush();
  }

  close(): void {}
}

function giveByLevel(handler: HandlerLike, record: LogRecord): void {
  if (record.levelno >= handler.level) giveTo(handler, record);
}
