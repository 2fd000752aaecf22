import { invalid } from "./errors.js";
import { checkLevel, type Level } from "./levels.js";
import { Logger } from "./logger.js";
import { create, shared } from "./shared.js";
import { attempt } from "./values.js";

/**
 * The logger of a name, always the same one; the root for no name, `""` and `"root"`. Dots make the hierarchy: `a.b` is below `a`.
 * @throws LoggingError `NAME_INVALID` when the name is no text.
 */
export function getLogger(name = "root"): Logger {
  if (name === "" || name === "root") return root();
  if (typeof name !== "string") throw invalid("NAME_INVALID", name, "a name");
  const found = shared.loggers.get(name);
  if (found && !(found instanceof Set)) return found;
  const logger = new (getLoggerClass())(name);
  shared.loggers.set(name, logger);
  logger.parent = enlist(logger) ?? root();
  for (const child of found ?? []) {
    // A descendant already below another logger of this branch stays there.
    if (!child.parent?.name.startsWith(`${name}.`)) child.parent = logger;
  }
  return logger;
}

/** All loggers that exist, the root among them. */
export const getLoggers = (): Logger[] => [root(), ...[...shared.loggers.values()].filter((entry) => !(entry instanceof Set))] as Logger[];

/** The class of loggers made from now on; unless set, that of the copy of core which made the first logger. */
export const getLoggerClass = (): (new (name: string, level?: number) => Logger) => (shared.logger ??= Logger);

/**
 * Makes loggers of another class from now on; those that exist stay what they are.
 * @throws LoggingError `LOGGER_CLASS_INVALID` for a class without the methods of a logger.
 */
export function setLoggerClass(loggerClass: new (name: string, level?: number) => Logger): void {
  if (typeof attempt(() => loggerClass.prototype.levels) !== "function") {
    throw invalid("LOGGER_CLASS_INVALID", loggerClass, "a class that extends Logger");
  }
  shared.logger = loggerClass;
}

/** Switches off everything at `level` and below, for all loggers; `disable(NOTSET)` lifts it. @throws LoggingError for an unknown level. */
export function disable(level: Level = 50): void {
  shared.disable = checkLevel(level);
  root().levels();
}

/** Forgets all loggers, handlers, names and settings, closing the handlers: for tests. */
export function resetLogging(): void {
  for (const handler of [...shared.handlers].reverse()) attempt(() => handler.close());
  for (const entry of [...shared.loggers.values(), shared.root]) {
    // Somebody may still hold the logger: it must not go on feeding what was there.
    if (entry && !(entry instanceof Set)) Object.assign(entry, { handlers: [], filters: [], disabled: false, propagate: true, level: 0 });
  }
  for (const key of ["root", "last", "reporter", "factory", "logger", "decider", "storage", "processName", "threadName"]) {
    (shared as unknown as Record<string, unknown>)[key] = undefined;
  }
  const { start, changes } = shared;
  Object.assign(shared, create(), { start, changes: changes + 1 });
}

function root(): Logger {
  return (shared.root ??= new (getLoggerClass())("root", 30));
}

/** Enters a new logger into the names above it, making placeholders, and gives its parent. */
function enlist(logger: Logger): Logger | undefined {
  const { name } = logger;
  // Python looks for the next dot one place further left than it need: the parent of `a..b` is not `a`.
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 2)) {
    const above = name.slice(0, dot);
    const entry = shared.loggers.get(above) ?? new Set();
    if (!(entry instanceof Set)) return entry;
    shared.loggers.set(above, entry.add(logger));
  }
  return undefined;
}
