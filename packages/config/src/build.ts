import { attempt, type FilterLike, type FormatterLike, type HandlerLike, reportError, show } from "@cordwood/core";
import { checkFolder } from "./files.js";
import { instantiate } from "./make.js";
import { current, type ListenerLike, type Owned } from "./owned.js";
import { join } from "./path.js";
import { type HandlerPlan, type PartPlan, type Plan, type QueuePlan, refersTo } from "./plan.js";
import { isFilter, isHandler } from "./plan-values.js";
import { ProblemAt } from "./problem.js";
import { same, sameMake } from "./same.js";
import { camel } from "./spelling.js";

/** Everything a plan asked for, made and not yet attached to anything. */
export interface Built {
  readonly formatters: ReadonlyMap<string, FormatterLike>;
  readonly filters: ReadonlyMap<string, FilterLike>;
  readonly handlers: ReadonlyMap<string, HandlerLike>;
  /** Those of the handlers that were in use already and go on. */
  readonly kept: ReadonlySet<HandlerLike>;
  readonly owned: ReadonlyMap<HandlerLike, Owned>;
}

export interface BuildOptions {
  /** Whether handlers whose entry has not changed go on as they are, their files and connections open. */
  readonly keepUnchanged: boolean;
}

/**
 * Makes what a plan asks for. When anything fails, what was made is closed and the failure thrown.
 * @throws ProblemAt
 */
export const build = (plan: Plan, options: BuildOptions): Built => {
  const formatters = new Map([...plan.formatters].map(([name, part]) => [name, makePart(part, "formatter", isFormatter)] as const));
  const filters = new Map([...plan.filters].map(([name, part]) => [name, makePart(part, "filter", isFilter)] as const));
  const handlers = new Map<string, HandlerLike>();
  const owned = new Map<HandlerLike, Owned>();
  const kept = new Set<HandlerLike>();
  const started: ListenerLike[] = [];
  // A file that is emptied when it is opened comes last: by then, nothing else can fail.
  const order = [...plan.handlers.filter((handler) => !empties(handler)), ...plan.handlers.filter(empties)];
  const pending = new Set(order.map((handler) => handler.name));
  try {
    while (pending.size > 0) {
      for (const handler of order) {
        if (!pending.has(handler.name) || refersTo(handler).some((name) => pending.has(name))) continue;
        const known = options.keepUnchanged ? unchanged(handler, handlers, kept) : undefined;
        if (known !== undefined) {
          kept.add(known[0]);
          handlers.set(handler.name, known[0]);
          owned.set(known[0], { ...known[1], plan: handler });
        } else makeHandler(handler, handlers, owned);
        pending.delete(handler.name);
      }
    }
    for (const [handler, { plan: made, listener }] of owned) {
      if (kept.has(handler)) continue;
      dress(handler, made, formatters, filters);
      if (listener === undefined || (listener.handlers?.length ?? 1) === 0) continue;
      at(made.path, () => listener.start());
      started.push(listener);
    }
  } catch (error) {
    for (const listener of started) settle(listener, () => listener.stop());
    for (const handler of [...owned.keys()].reverse()) if (!kept.has(handler)) settle(handler, () => handler.close());
    throw error;
  }
  return { formatters, filters, handlers, kept, owned };
};

/** Runs a step of building; what it throws gets a place. */
const at = <T>(path: string, step: () => T): T => {
  try {
    return step();
  } catch (error) {
    if (error instanceof ProblemAt) throw error;
    throw new ProblemAt(path, error instanceof Error ? error.message : show(error), { cause: error });
  }
};

/** Gives up something half built; that it cannot be closed is told, and must not hide why it was given up. */
export const settle = (thing: object, close: () => unknown): void => {
  const failed = (error: unknown): void =>
    reportError({ cause: `close of ${thing.constructor?.name}`, message: `${thing.constructor?.name} could not be closed`, error });
  try {
    const closing = close();
    if (attempt(() => typeof (closing as Promise<unknown>)?.then === "function", false))
      (closing as Promise<unknown>).then(undefined, failed);
  } catch (error) {
    failed(error);
  }
};

const empties = (plan: HandlerPlan): boolean =>
  plan.make.official?.package === "file" && plan.make.options["mode"] === "w" && plan.make.options["delay"] !== true;

const isFormatter = (value: unknown): value is FormatterLike => attempt(() => typeof (value as FormatterLike).format === "function", false);

const makePart = <T extends object>(part: PartPlan<T>, role: string, fits: (value: unknown) => value is T): T => {
  if ("ready" in part) return part.ready;
  return at(part.path, () => {
    const made = instantiate(part.make);
    if (!fits(made)) throw new Error(`expected a ${role}, but the class or factory gave ${show(made).slice(0, 80)}`);
    setAttributes(made, part.attributes, part.path);
    return made;
  });
};

/** A handler in use whose entry says the same as before, with all that it feeds. */
const unchanged = (
  plan: HandlerPlan,
  handlers: ReadonlyMap<string, HandlerLike>,
  kept: ReadonlySet<HandlerLike>,
): readonly [HandlerLike, Owned] | undefined => {
  for (const [handler, owned] of current().handlers) {
    const before = owned.plan;
    if (before.name !== plan.name || (handler as { closed?: boolean }).closed === true || kept.has(handler)) continue;
    const feeds = refersTo(plan).map((name) => handlers.get(name));
    const alike =
      sameMake(before.make, plan.make) &&
      same(before.attributes, plan.attributes) &&
      same(refersTo(before), refersTo(plan)) &&
      feeds.every((fed) => fed !== undefined && kept.has(fed) && owned.feeds.includes(fed)) &&
      sameQueue(before.queue, plan.queue);
    if (alike) return [handler, owned];
  }
  return undefined;
};

const sameQueue = (a: QueuePlan | undefined, b: QueuePlan | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b;
  const queues =
    "ready" in a.queue || "ready" in b.queue
      ? "ready" in a.queue && "ready" in b.queue && a.queue.ready === b.queue.ready
      : sameMake(a.queue, b.queue);
  return queues && sameMake(a.listener, b.listener) && a.respectHandlerLevel === b.respectHandlerLevel;
};

const makeHandler = (plan: HandlerPlan, handlers: Map<string, HandlerLike>, owned: Map<HandlerLike, Owned>): void => {
  const feeds = refersTo(plan).map((name) => handlers.get(name) as HandlerLike);
  checkFolder(plan);
  const made = at(plan.path, () => {
    const queue = plan.queue === undefined ? undefined : makeQueue(plan.queue.queue, join(plan.path, "queue"));
    const more = { ...(queue === undefined ? {} : { queue }), ...(plan.target === undefined ? {} : { target: feeds[0] }) };
    const handler = instantiate(plan.make, more);
    if (!isHandler(handler)) throw new Error(`expected a handler, but the class or factory gave ${show(handler).slice(0, 80)}`);
    return { handler, queue };
  });
  // From here on the handler is ours to close, also when its listener or an attribute fails.
  handlers.set(plan.name, made.handler);
  owned.set(made.handler, { plan, feeds, listener: undefined });
  if (plan.queue !== undefined) {
    const listener = makeListener(plan.queue, made.queue, feeds, plan.path);
    owned.set(made.handler, { plan, feeds, listener });
    attempt(() => Object.assign(made.handler, { listener }), undefined);
  }
  setAttributes(made.handler, plan.attributes, plan.path);
};

const makeQueue = (plan: QueuePlan["queue"], path: string): unknown => ("ready" in plan ? plan.ready : at(path, () => instantiate(plan)));

const makeListener = (plan: QueuePlan, queue: unknown, feeds: readonly HandlerLike[], path: string): ListenerLike =>
  at(join(path, "listener"), () => {
    const { target, options } = plan.listener;
    // What the listener itself is told counts more than what its handler says of it.
    const all = { respectHandlerLevel: plan.respectHandlerLevel, ...options };
    const listener: unknown = Reflect.construct(target, [queue, feeds, all]);
    const fits = attempt(
      () => typeof (listener as ListenerLike).start === "function" && typeof (listener as ListenerLike).stop === "function",
      false,
    );
    if (!fits) throw new Error(`expected a QueueListener, but the class gave ${show(listener).slice(0, 80)}`);
    return listener as ListenerLike;
  });

/** Sets what stands under the key ".": by the name given, or by ours. A method is replaced by a function only. */
const setAttributes = (object: object, attributes: Readonly<Record<string, unknown>>, path: string): void => {
  for (const key of Object.keys(attributes)) {
    const name = camel(key) in object ? camel(key) : key;
    const value = attributes[key];
    at(join(join(path, "."), key), () => {
      const before: unknown = Reflect.get(object, name);
      if (typeof before === "function" && typeof value !== "function")
        throw new Error(`${name} is a method of ${object.constructor.name}; it can be replaced by a function only`);
      // What the constructor took as an option may be read-only afterwards.
      if (!Reflect.set(object, name, value) && !same(before, value)) throw new Error(`${name} of ${object.constructor.name} cannot be set`);
    });
  }
};

/** Gives a new handler its level, formatter and filters; its name it gets when it is put in use. */
export const dress = (
  handler: HandlerLike,
  plan: HandlerPlan,
  formatters: ReadonlyMap<string, FormatterLike>,
  filters: ReadonlyMap<string, FilterLike>,
): void =>
  at(plan.path, () => {
    const target = handler as HandlerLike &
      Partial<{
        setLevel(level: number): void;
        setFormatter(formatter: FormatterLike | null): void;
        addFilter(filter: FilterLike): void;
        removeFilter(filter: FilterLike): void;
        filters: readonly FilterLike[];
      }>;
    const wanted = plan.filters.map((filter) => (typeof filter === "string" ? (filters.get(filter) as FilterLike) : filter));
    if (target.setLevel !== undefined) target.setLevel(plan.level);
    else if (plan.level !== handler.level) Reflect.set(handler, "level", plan.level);
    const formatter = plan.formatter === undefined ? undefined : (formatters.get(plan.formatter) as FormatterLike);
    if (formatter !== undefined && target.setFormatter === undefined)
      throw new Error("the handler has no setFormatter(formatter), so it cannot be given one");
    if (formatter !== undefined || plan.make.options["formatter"] === undefined) target.setFormatter?.(formatter ?? null);
    if (wanted.length > 0 && target.addFilter === undefined)
      throw new Error("the handler has no addFilter(filter), so it cannot be given one");
    for (const old of target.filters ?? []) if (!wanted.includes(old)) target.removeFilter?.(old);
    for (const filter of wanted) target.addFilter?.(filter);
  });
