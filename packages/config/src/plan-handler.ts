import { attempt, isPlainObject, NOTSET } from "@cordwood/core";
import { ARGS } from "./guard.js";
import { type Make, planMake } from "./make.js";
import { join } from "./path.js";
import type { HandlerPlan, QueuePlan, Section } from "./plan.js";
import { attributesOf, namedBy, ownKeys } from "./plan-formatter.js";
import { isFilter, isHandler, levelOf, namesOf } from "./plan-values.js";
import { ProblemAt } from "./problem.js";
import { shown } from "./secrets.js";
import { camel, knownKey, snake } from "./spelling.js";
import { suggestion } from "./suggest.js";

interface Known {
  readonly formatters: readonly string[];
  readonly filters: readonly string[];
  readonly handlers: readonly string[];
}

/** Keys that every handler has. */
const BESIDE = ["level", "formatter", "filters"] as const;
const COMMON = ["()", "class", ".", ...BESIDE] as const;
/** Keys that a `QueueHandler` has for its reader. */
const QUEUE_KEYS: readonly string[] = ["queue", "listener", "handlers", "respectHandlerLevel"];

export const planHandler = (name: string, spec: Record<string, unknown>, path: string, section: Section, known: Known): HandlerPlan => {
  const { problems } = section;
  const key = spec["()"] === undefined ? "class" : "()";
  if (spec[key] === undefined)
    throw new ProblemAt(
      join(path, "class"),
      `is missing; name a handler, such as logging.StreamHandler; ${suggestion("class", Object.keys(spec))}`.replace(
        /; known:.*$|; none.*$/,
        "",
      ),
    );
  const named = namedBy(spec[key], join(path, key), section, "handler");
  const own = ownKeys(spec, COMMON, path, section);
  const isQueue = named.official?.name === "QueueHandler";
  const queue = isQueue ? problems.gather(path, () => planQueue(own, path, section, known)) : undefined;
  const target = problems.gather(join(path, "target"), () => targetOf(own, named.official?.options["target"] !== undefined, path, known));
  const attributes = problems.gather(join(path, "."), () => attributesOf(spec, path)) ?? {};
  // An attribute that the constructor knows as an option goes there as well, so that it holds from the first moment.
  for (const attribute of Object.keys(attributes)) {
    const option = named.official === undefined ? undefined : knownKey(attribute, named.official.options);
    if (option !== undefined && own[option] === undefined && own[snake(option)] === undefined) own[option] = attributes[attribute];
  }
  const args = (spec as { [ARGS]?: readonly unknown[] })[ARGS] ?? [];
  return {
    name,
    path,
    make: planMake(
      { ...named, beside: [...BESIDE, ...(isQueue ? QUEUE_KEYS : [])] },
      own,
      path,
      section,
      args,
      target === undefined ? [] : ["target"],
    ),
    level: problems.gather(join(path, "level"), () => levelOf(spec["level"], join(path, "level"), section)) ?? NOTSET,
    formatter: problems.gather(join(path, "formatter"), () =>
      formatterOf(section.value(spec["formatter"], join(path, "formatter")), join(path, "formatter"), known.formatters),
    ),
    filters:
      problems.gather(join(path, "filters"), () =>
        namesOf(spec["filters"], join(path, "filters"), section, known.filters, "filter", isFilter),
      ) ?? [],
    attributes,
    target,
    queue,
  };
};

const formatterOf = (given: unknown, path: string, known: readonly string[]): string | undefined => {
  if (given === undefined || given === null || given === "") return undefined;
  if (typeof given === "string" && known.includes(given)) return given;
  throw new ProblemAt(path, `expected the name of a formatter, got ${shown(given, path)}; ${suggestion(String(given), known)}`);
};

/** The handler that a `MemoryHandler` and its like hand records to, taken out of the options; an object stays there. */
const targetOf = (own: Record<string, unknown>, wanted: boolean, path: string, known: Known): string | undefined => {
  if (!wanted) return undefined;
  const given = own["target"];
  if (given === undefined || isHandler(given)) return undefined;
  delete own["target"];
  if (given === null || given === "") return undefined;
  if (typeof given === "string" && known.handlers.includes(given)) return given;
  throw new ProblemAt(
    join(path, "target"),
    `expected the name of a handler, got ${shown(given, path)}; ${suggestion(String(given), known.handlers)}`,
  );
};

/** Takes the keys of the queue out of a `QueueHandler`'s options. */
const planQueue = (own: Record<string, unknown>, path: string, section: Section, known: Known): QueuePlan => {
  const taken: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(own)) {
    if (!QUEUE_KEYS.includes(camel(key))) continue;
    if (taken[camel(key)] !== undefined) section.problems.add(join(path, key), `is given as ${JSON.stringify(camel(key))} too; keep one`);
    taken[camel(key)] = own[key];
    delete own[key];
  }
  const respect = taken["respectHandlerLevel"];
  if (respect !== undefined && typeof respect !== "boolean" && respect !== 0 && respect !== 1) {
    throw new ProblemAt(join(path, "respectHandlerLevel"), `expected true or false, got ${shown(respect, path)}`);
  }
  return {
    queue: queueOf(taken["queue"], join(path, "queue"), section),
    listener: listenerOf(taken["listener"], join(path, "listener"), section),
    handlers: namesOf<never>(taken["handlers"], join(path, "handlers"), section, known.handlers, "handler"),
    respectHandlerLevel: Boolean(respect),
  };
};

const queueOf = (given: unknown, path: string, section: Section): QueuePlan["queue"] => {
  if (given === undefined || given === null) return planMake(namedBy("queue.Queue", path, section, "queue"), {}, path, section);
  if (typeof given === "string" || typeof given === "function") return planMake(namedBy(given, path, section, "queue"), {}, path, section);
  if (isPlainObject(given) && given["()"] !== undefined) {
    const { "()": factory, ...options } = given;
    return planMake(namedBy(factory, join(path, "()"), section, "queue"), options, path, section);
  }
  if (typeof given === "object" && attempt(() => typeof (given as { put?: unknown }).put === "function", false)) return { ready: given };
  throw new ProblemAt(path, `expected the name of a queue, { "()": name, … } or a queue, got ${shown(given, path)}`);
};

const listenerOf = (given: unknown, path: string, section: Section): Make => {
  if (given === undefined || given === null)
    return planMake(namedBy("logging.handlers.QueueListener", path, section, "listener"), {}, path, section);
  if (typeof given === "string" || typeof given === "function")
    return planMake(namedBy(given, path, section, "listener"), {}, path, section);
  if (isPlainObject(given) && given["()"] !== undefined) {
    const { "()": factory, ...options } = given;
    return planMake(namedBy(factory, join(path, "()"), section, "listener"), options, path, section);
  }
  throw new ProblemAt(path, `expected the name of a QueueListener or { "()": name, … }, got ${shown(given, path)}`);
};
