import {
  attempt,
  type FilterLike,
  getHandlerByName,
  getLastResort,
  getLogger,
  getLoggers,
  type HandlerLike,
  type Logger,
  NOTSET,
  reportError,
} from "@cordwood/core";
import { type Built, dress } from "./build.js";
import { current, type Owned } from "./owned.js";
import { join } from "./path.js";
import type { LoggerPlan, Plan } from "./plan.js";
import { ProblemAt } from "./problem.js";

interface LoggerState {
  readonly level: number;
  readonly propagate: boolean;
  readonly disabled: boolean;
  readonly handlers: readonly HandlerLike[];
  readonly filters: readonly FilterLike[];
}

/**
 * Puts a plan in force in one step that nothing can come between, and gives back what nobody needs any more, to be closed in that order.
 * @param reload whether filters that an earlier document put on a logger are replaced; Python only ever adds.
 */
export const swap = (plan: Plan, built: Built, reload: boolean): readonly HandlerLike[] => {
  const before = new Map(getLoggers().map((logger) => [logger, stateOf(logger)]));
  try {
    applyLoggers(plan, built, reload);
  } catch (error) {
    for (const [logger, state] of before) Object.assign(logger, state);
    throw error;
  }
  const state = current();
  const formerly = new Map(state.handlers);
  state.handlers.clear();
  for (const [handler, owned] of built.owned) {
    state.handlers.set(handler, owned);
    if (built.kept.has(handler)) dress(handler, owned.plan, built.formatters, built.filters);
    Reflect.set(handler, "name", owned.plan.name);
  }
  return unused(before, formerly);
};

const stateOf = ({ level, propagate, disabled, handlers, filters }: Logger): LoggerState => ({
  level,
  propagate,
  disabled,
  handlers,
  filters,
});

const applyLoggers = (plan: Plan, built: Built, reload: boolean): void => {
  const existing = getLoggers().filter((logger) => logger.parent !== null);
  const configured = new Set<Logger>();
  for (const wanted of plan.loggers) {
    const logger = getLogger(wanted.name);
    applyLogger(logger, wanted, built, reload);
    configured.add(logger);
  }
  const rest = existing.filter((logger) => !configured.has(logger));
  if (reload) leaveOut(rest, plan);
  else resetRest(rest, plan);
  current().configured = new WeakSet(configured);
};

const applyLogger = (logger: Logger, wanted: LoggerPlan, built: Built, reload: boolean): void => {
  const { filters: ours, handlers: former } = current();
  // A logger that the document says nothing more about than before goes back to what a new one is.
  if (wanted.level !== undefined) logger.setLevel(wanted.level);
  else if (reload && wanted.name !== "" && current().configured.has(logger)) logger.setLevel(NOTSET);
  if (wanted.propagate !== undefined) logger.propagate = wanted.propagate;
  else if (reload && current().configured.has(logger)) logger.propagate = true;
  if (wanted.path !== "root") logger.disabled = false;
  const handlers = wanted.handlers.map((name) => built.handlers.get(name) as HandlerLike);
  // What the program has attached itself since then stays.
  const own = reload ? logger.handlers.filter((handler) => !former.has(handler)) : [];
  logger.handlers = [...handlers, ...own];
  if (reload) for (const filter of logger.filters) if (ours.has(filter)) logger.removeFilter(filter);
  for (const filter of wanted.filters) {
    const made = typeof filter === "string" ? (built.filters.get(filter) as FilterLike) : filter;
    logger.addFilter(made);
    if (typeof filter === "string") ours.add(made);
  }
};

/** As Python: what is below a configured logger is reset and stays on, everything else is switched off. */
const resetRest = (rest: readonly Logger[], plan: Plan): void => {
  const above = plan.loggers.filter((wanted) => wanted.name !== "" && wanted.path !== "root").map((wanted) => `${wanted.name}.`);
  for (const logger of rest) {
    if (above.some((prefix) => logger.name.startsWith(prefix))) Object.assign(logger, { level: NOTSET, handlers: [], propagate: true });
    else logger.disabled = plan.disableExisting ?? true;
  }
};

/**
 * After a reload everything stands as if the program had started with the new document. So loggers that it has made since do not fall silent
 * because the document, which cannot know them, does not name them; only what the former document did to a logger is undone.
 */
const leaveOut = (rest: readonly Logger[], plan: Plan): void => {
  const { configured, filters: ours, handlers: former } = current();
  for (const logger of rest) {
    if (plan.disableExisting === false) logger.disabled = false;
    if (!configured.has(logger)) continue;
    Object.assign(logger, { level: NOTSET, propagate: true, handlers: logger.handlers.filter((handler) => !former.has(handler)) });
    for (const filter of logger.filters) if (ours.has(filter)) logger.removeFilter(filter);
  }
};

/** Handlers that were in use, or made by the document before, and that no record can reach any more; those that feed others first. */
const unused = (before: ReadonlyMap<Logger, LoggerState>, formerly: ReadonlyMap<HandlerLike, Owned>): readonly HandlerLike[] => {
  const state = current();
  const feeds = (handler: HandlerLike): readonly HandlerLike[] => [
    ...((state.handlers.get(handler) ?? formerly.get(handler))?.feeds ?? []),
    ...reached(handler),
  ];
  const reachable = new Set<HandlerLike>();
  const reach = (handler: HandlerLike): void => {
    if (reachable.has(handler)) return;
    reachable.add(handler);
    feeds(handler).forEach(reach);
  };
  // As Python: a memory handler that stays on a logger the document does not name is closed, and so loses its target. All others that stay
  // on such loggers go on, where Python leaves them there closed.
  const left = (handler: HandlerLike): boolean =>
    formerly.get(handler)?.plan.make.official?.name === "MemoryHandler" && !state.handlers.has(handler);
  for (const logger of getLoggers()) for (const handler of logger.handlers) if (!left(handler)) reach(handler);
  for (const handler of state.handlers.keys()) reach(handler);
  const lastResort = getLastResort();
  if (lastResort !== null) reach(lastResort);
  for (const [handler, owned] of formerly) if (reachable.has(handler) && !state.handlers.has(handler)) state.handlers.set(handler, owned);
  // What feeds others is closed before them, so that what it still holds arrives.
  const order: HandlerLike[] = [];
  const seen = new Set(reachable);
  const visit = (handler: HandlerLike): void => {
    if (seen.has(handler)) return;
    seen.add(handler);
    for (const fed of feeds(handler)) if (formerly.has(fed)) visit(fed);
    order.unshift(handler);
  };
  for (const handler of [...formerly.keys(), ...[...before.values()].flatMap((former) => former.handlers)]) visit(handler);
  return order.map((handler) => retired(handler, formerly.get(handler)));
};

/** Where a handler of the program's own hands records to, as far as it shows. */
const reached = (handler: HandlerLike): readonly HandlerLike[] =>
  attempt(() => {
    const { target, listener } = handler as { target?: HandlerLike | null; listener?: { handlers?: readonly HandlerLike[] } | null };
    return [...(target && typeof target.handle === "function" ? [target] : []), ...(listener?.handlers ?? [])];
  }, []);

const listeners = new WeakMap<HandlerLike, Owned>();

const retired = (handler: HandlerLike, owned: Owned | undefined): HandlerLike => {
  if (owned !== undefined) listeners.set(handler, owned);
  return handler;
};

/** Closes handlers one after the other: a queue's reader has emptied it before what it feeds is closed. What fails is reported. */
export const closeAll = async (handlers: readonly HandlerLike[]): Promise<void> => {
  for (const handler of handlers) {
    try {
      // The program may have shut it down itself.
      if ((handler as { readonly closed?: boolean }).closed !== true) await handler.close();
      await listeners.get(handler)?.listener?.stop();
    } catch (error) {
      const name = handler.constructor?.name ?? "handler";
      reportError({
        cause: `close of ${name}`,
        message: `${name}, which the new configuration replaced, could not be closed`,
        error,
        handler,
      });
    }
  }
};

/** Changes levels of what exists, for an incremental document: nothing is made and nothing closed. */
export const applyIncremental = (plan: Plan): void => {
  const handlers = [...plan.handlerLevels].map(([name, level]) => {
    const handler = getHandlerByName(name);
    if (handler === undefined) throw new ProblemAt(join("handlers", name), `no handler of that name is in use`);
    return [handler, level] as const;
  });
  for (const [handler, level] of handlers) Reflect.set(handler, "level", level);
  for (const { name, path, level, propagate } of plan.loggers) {
    const logger = getLogger(name);
    if (level !== undefined) logger.setLevel(level);
    if (path !== "root") logger.disabled = false;
    if (propagate !== undefined) logger.propagate = propagate;
  }
};
