import { type FilterLike, type FormatterLike, isPlainObject } from "@cordwood/core";
import type { Reading } from "./check-value.js";
import { kindOf } from "./guard.js";
import type { Make } from "./make.js";
import { join } from "./path.js";
import { planFilter, planFormatter } from "./plan-formatter.js";
import { planHandler } from "./plan-handler.js";
import { planLoggers } from "./plan-loggers.js";
import { levelOf, resolvedEntry } from "./plan-values.js";
import type { Problems } from "./problem.js";
import { convert, referredKeys } from "./references.js";
import type { Resolver } from "./resolve.js";
import { shown } from "./secrets.js";
import { suggestion } from "./suggest.js";
import { spelt } from "./unknown-key.js";

/** A handler as the document wants it. */
export interface HandlerPlan {
  readonly name: string;
  readonly path: string;
  readonly make: Make;
  readonly level: number;
  readonly formatter: string | undefined;
  readonly filters: readonly (string | FilterLike)[];
  /** Attributes set after construction. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** A handler that this one hands records to. */
  readonly target: string | undefined;
  /** A queue and its reader, for a `QueueHandler`. */
  readonly queue: QueuePlan | undefined;
}

export interface QueuePlan {
  /** What makes the queue, or the queue itself. */
  readonly queue: Make | { readonly ready: object };
  readonly listener: Make;
  readonly handlers: readonly string[];
  readonly respectHandlerLevel: boolean;
}

/** A logger as the document wants it; the empty name is the root. What is `undefined` stays as it is. */
export interface LoggerPlan {
  readonly name: string;
  readonly path: string;
  readonly level: number | undefined;
  readonly propagate: boolean | undefined;
  readonly handlers: readonly string[];
  readonly filters: readonly (string | FilterLike)[];
}

/** A formatter or filter: how it is made, or the object itself. */
export type PartPlan<T> =
  | { readonly path: string; readonly make: Make; readonly attributes: Readonly<Record<string, unknown>> }
  | { readonly path: string; readonly ready: T };

/** A document that has been checked as far as it can be without making anything. */
export interface Plan {
  readonly incremental: boolean;
  /** `undefined`: the document does not say. */
  readonly disableExisting: boolean | undefined;
  readonly formatters: ReadonlyMap<string, PartPlan<FormatterLike>>;
  readonly filters: ReadonlyMap<string, PartPlan<FilterLike>>;
  /** In the order of building: what others refer to first. */
  readonly handlers: readonly HandlerPlan[];
  /** Levels for handlers that exist, when `incremental`. */
  readonly handlerLevels: ReadonlyMap<string, number>;
  /** In the order of applying. */
  readonly loggers: readonly LoggerPlan[];
}

/** What reading one section needs. */
export interface Section extends Reading {
  readonly document: Record<string, unknown>;
  readonly resolver: Resolver;
  /** A value of the document with `ext://` and `cfg://` filled in. */
  value(raw: unknown, path: string): unknown;
}

const TOP_KEYS = [
  "version",
  "incremental",
  "disableExistingLoggers",
  "formatters",
  "filters",
  "handlers",
  "loggers",
  "root",
  "extends",
  "$schema",
] as const;

/** Reads a guarded document. Problems are collected; a plan is returned in any case, of use only when there are none. */
export const planDocument = (
  document: Record<string, unknown>,
  resolver: Resolver,
  problems: Problems,
  fromEnvironment: ReadonlySet<string>,
  rootFirst = false,
): Plan => {
  const section: Section = {
    document,
    resolver,
    problems,
    fromEnvironment,
    value: (raw, path) => convert(raw, path, document, resolver.external),
  };
  checkTop(section);
  const incremental = flagOf(section, "incremental", false) ?? false;
  const handlerLevels = new Map<string, number>();
  const handlers: HandlerPlan[] = [];
  const formatters = new Map<string, PartPlan<FormatterLike>>();
  const filters = new Map<string, PartPlan<FilterLike>>();
  for (const [name, spec, path] of incremental ? [] : entries(section, "formatters"))
    problems.gather(path, () => formatters.set(name, planFormatter(spec, path, section)));
  for (const [name, spec, path] of incremental ? [] : entries(section, "filters"))
    problems.gather(path, () => filters.set(name, planFilter(spec, path, section)));
  const named = entries(section, "handlers");
  const known = { formatters: [...formatters.keys()], filters: [...filters.keys()], handlers: named.map(([name]) => name) };
  for (const name of keysOf(section, "formatters")) if (!formatters.has(name)) known.formatters.push(name);
  for (const name of keysOf(section, "filters")) if (!filters.has(name)) known.filters.push(name);
  for (const [name, spec, path] of named) {
    problems.gather(path, () => {
      if (!incremental) handlers.push(planHandler(name, spec, path, section, known));
      else {
        const level = levelOf(spec["level"], join(path, "level"), section);
        // As Python, which takes the number 0 for "not given" here.
        if (level !== undefined && spec["level"] !== 0) handlerLevels.set(name, level);
      }
    });
  }
  return {
    incremental,
    disableExisting: flagOf(section, "disableExistingLoggers", undefined),
    formatters,
    filters,
    handlers: problems.count > 0 ? handlers : inOrder(handlers, problems),
    handlerLevels,
    loggers: planLoggers(section, known, incremental, rootFirst),
  };
};

const checkTop = ({ document, problems }: Section): void => {
  const { version } = document;
  if (version === undefined) problems.add("version", 'is missing; write "version": 1');
  // As Python, whose test is `!= 1`: `true` passes.
  else if (version !== 1 && version !== true) problems.add("version", `expected 1, got ${shown(version, "version")}`);
  const explained = referredKeys(document);
  for (const key of Object.keys(document)) {
    const known =
      key === "disable_existing_loggers" || (TOP_KEYS as readonly string[]).includes(key) || key.startsWith("x-") || explained.has(key);
    if (!known)
      problems.add(join("", key), `is no key of a configuration, and no cfg:// refers to it; ${suggestion(key, spelt(TOP_KEYS, key))}`);
  }
  if (Object.hasOwn(document, "disable_existing_loggers") && Object.hasOwn(document, "disableExistingLoggers")) {
    problems.add("disableExistingLoggers", "is given in both spellings; keep one");
  }
};

const flagOf = (section: Section, key: string, otherwise: boolean | undefined): boolean | undefined => {
  const name =
    key === "disableExistingLoggers" && Object.hasOwn(section.document, "disable_existing_loggers") ? "disable_existing_loggers" : key;
  const given = section.problems.gather(name, () => section.value(section.document[name], name));
  if (given === undefined) return otherwise;
  if (typeof given === "string" && section.fromEnvironment.has(name)) return given === "true";
  // Python takes what is truthy; 0 and 1 are what INI-minded people write.
  if (typeof given === "boolean" || given === 0 || given === 1) return Boolean(given);
  section.problems.add(name, `expected true or false, got ${shown(given, name)}`);
  return otherwise;
};

const sectionOf = ({ document, problems }: Section, key: string): Record<string, unknown> => {
  const found = document[key];
  if (found === undefined) return {};
  if (isPlainObject(found)) return found;
  problems.add(key, `expected an object of ${key} by name, got ${kindOf(found)}`);
  return {};
};

const keysOf = (section: Section, key: string): readonly string[] => {
  const found = section.document[key];
  return isPlainObject(found) ? Object.keys(found) : [];
};

export const entries = (section: Section, key: string): (readonly [name: string, spec: Record<string, unknown>, path: string])[] =>
  Object.entries(sectionOf(section, key)).flatMap(([name, raw]) => {
    const path = join(key, name);
    const spec = section.problems.gather(path, () => section.resolver && resolvedEntry(raw, path, section));
    return spec === undefined ? [] : [[name, spec, path] as const];
  });

/** What a handler refers to. */
export const refersTo = (plan: HandlerPlan): readonly string[] => [
  ...(plan.target === undefined ? [] : [plan.target]),
  ...(plan.queue?.handlers ?? []),
];

/** By name, what others refer to first; a circle is a problem. */
const inOrder = (plans: readonly HandlerPlan[], problems: Problems): HandlerPlan[] => {
  const byName = new Map(plans.map((plan) => [plan.name, plan]));
  const done = new Set<string>();
  const order: HandlerPlan[] = [];
  const visit = (plan: HandlerPlan, above: readonly string[]): void => {
    if (done.has(plan.name)) return;
    if (above.includes(plan.name)) {
      problems.add(plan.path, `refers to itself: ${[...above, plan.name].join(" → ")}`);
      return;
    }
    for (const name of refersTo(plan)) {
      const other = byName.get(name);
      if (other !== undefined) visit(other, [...above, plan.name]);
    }
    if (!done.has(plan.name)) order.push(plan);
    done.add(plan.name);
  };
  for (const plan of [...plans].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(plan, []);
  return order;
};
