import { getLogger, getLoggers, type HandlerLike, type Logger, NOTSET } from "@cordwood/core";
import type { Plan } from "./plan.js";

/** One property that a document changed: what it was and what it became. */
interface Change {
  readonly object: Logger | HandlerLike;
  readonly property: "level" | "propagate" | "disabled";
  before: unknown;
  readonly after: unknown;
}

/** A longer time than timers can wait would end at once. */
const LONGEST_MS = 2_147_483_647;

const pending = new Set<Change>();

const PROPERTIES = ["level", "propagate", "disabled"] as const;
/** How a logger stands that nobody has asked for yet. */
const FRESH = { level: NOTSET, propagate: true, disabled: false } as const;

/** Notes how the loggers and handlers that a plan names stand, to be compared with how they stand afterwards. Makes no logger. */
export const standing = (plan: Plan, handlers: readonly HandlerLike[]): (() => readonly Change[]) => {
  const existing = new Map(getLoggers().map((logger) => [logger.parent === null ? "" : logger.name, logger]));
  const loggers = plan.loggers.map(({ name }) => {
    const { level, propagate, disabled } = existing.get(name) ?? FRESH;
    return [name, { level, propagate, disabled }] as const;
  });
  const levels = handlers.map((handler) => [handler, handler.level] as const);
  const changed = (object: Change["object"], property: Change["property"], before: unknown): Change[] => {
    const after: unknown = Reflect.get(object, property);
    return after === before ? [] : [{ object, property, before, after }];
  };
  return () => [
    ...loggers.flatMap(([name, before]) => PROPERTIES.flatMap((property) => changed(getLogger(name), property, before[property]))),
    ...levels.flatMap(([handler, before]) => changed(handler, "level", before)),
  ];
};

/**
 * Takes changes back after some time. What was changed again in the meantime is left as it is; changes that lie on top of each other
 * come off in any order.
 * @returns a function that takes them back now.
 */
export const revertAfter = (changes: readonly Change[], lifetimeMs: number, onRevert: () => void): (() => void) => {
  for (const change of changes) pending.add(change);
  const revert = (): void => {
    clearTimeout(timer);
    for (const change of changes) {
      if (!pending.delete(change)) continue;
      const onTop = [...pending].find(
        (other) => other.object === change.object && other.property === change.property && other.before === change.after,
      );
      if (onTop !== undefined) onTop.before = change.before;
      else if (Reflect.get(change.object, change.property) === change.after) Reflect.set(change.object, change.property, change.before);
    }
    onRevert();
  };
  const timer = setTimeout(revert, Math.min(lifetimeMs, LONGEST_MS));
  timer.unref?.();
  return revert;
};
