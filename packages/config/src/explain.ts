import { checkLevel, type FilterLike, getLevelName, type Level, NOTSET, WARNING } from "@cordwood/core";
import type { Directive } from "./directives.js";
import { type HandlerPlan, type PartPlan, type Plan, refersTo } from "./plan.js";

/** What would become of one record. */
export interface Explanation {
  /** Whether any handler would get it. */
  readonly written: boolean;
  /** One sentence a step, from the logger up. */
  readonly steps: readonly string[];
}

/** The root's level before anything sets it. */
const ROOT_LEVEL = WARNING;

interface Known {
  readonly level: number;
  readonly from: string;
}

/**
 * Says of a document whether a record of a logger and level would be written, where, and if not, what stops it. Nothing is configured.
 * Filters other than those by name look at the record itself, so of them it can only be said that they may stop it.
 */
export const explainPlan = (plan: Plan, directives: readonly Directive[], loggerName: string, level: Level): Explanation => {
  const number = checkLevel(level);
  const name = loggerName === "root" ? "" : loggerName;
  const steps: string[] = [];
  const effective = effectiveLevel(plan, directives, name);
  const label = (at: string): string => (at === "" ? "root" : at);
  const text = String(getLevelName(number));
  if (number < effective.level) {
    return {
      written: false,
      steps: [
        `the level of ${label(name)} is ${getLevelName(effective.level)}, from ${effective.from}: ${text} is below it and stops here`,
      ],
    };
  }
  steps.push(`the level of ${label(name)} is ${getLevelName(effective.level)}, from ${effective.from}: ${text} passes`);
  const own = plan.loggers.filter((logger) => logger.name === name).flatMap((logger) => logger.filters);
  for (const filter of own) {
    const verdict = verdictOf(filter, plan, name);
    if (verdict.passes === false) return { written: false, steps: [...steps, `${verdict.text} of ${label(name)} stops it`] };
    if (verdict.passes === undefined) steps.push(`${verdict.text} of ${label(name)} may stop it`);
  }
  let written = false;
  let found = false;
  for (const at of ancestors(name)) {
    const handlers = plan.loggers.filter((logger) => logger.name === at).at(-1)?.handlers ?? [];
    for (const handler of handlers) {
      found = true;
      written = offer(plan, handler, number, name, label(at), steps) || written;
    }
    if (at !== "" && plan.loggers.filter((logger) => logger.name === at).some((logger) => logger.propagate === false)) {
      steps.push(`${at} does not propagate: the loggers above it do not get it`);
      break;
    }
  }
  if (found) return { written, steps };
  const lastResort = number >= WARNING;
  steps.push(`no handler on the way: the last resort ${lastResort ? "writes it to standard error" : "writes WARNING and above only"}`);
  return { written: lastResort, steps };
};

const ancestors = (name: string): string[] => {
  const names: string[] = [];
  for (let at = name; at !== ""; at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "") names.push(at);
  return [...names, ""];
};

const effectiveLevel = (plan: Plan, directives: readonly Directive[], name: string): Known => {
  for (const at of ancestors(name)) {
    const directive = directives.filter((one) => one.logger === at).at(-1);
    const document = plan.loggers.filter((logger) => logger.name === at && logger.level !== undefined).at(-1);
    const level = directive?.level ?? document?.level ?? (at === "" ? ROOT_LEVEL : NOTSET);
    const source = directive !== undefined ? "the environment" : document !== undefined ? "the document" : "the default";
    if (level !== NOTSET || at === "") return { level, from: `${at === "" ? "root" : at} in ${source}` };
  }
  return { level: ROOT_LEVEL, from: "the default" };
};

const offer = (plan: Plan, name: string, level: number, logger: string, at: string, steps: string[]): boolean => {
  const { written, steps: own } = taken(plan, name, `handler ${name} of ${at}`, level, logger, true);
  steps.push(...own);
  return written;
};

/** What becomes of a record at a handler, and at those that it hands records to. Who asks for its level: loggers, and some of those that hand on. */
const taken = (
  plan: Plan,
  name: string,
  label: string,
  level: number,
  logger: string,
  asksLevel: boolean,
): Explanation & { readonly plain?: boolean } => {
  const handler = plan.handlers.find((one) => one.name === name) as HandlerPlan;
  if (asksLevel && level < handler.level) return { written: false, steps: [`${label}: its level ${getLevelName(handler.level)} stops it`] };
  const unsure: string[] = [];
  for (const filter of handler.filters) {
    const verdict = verdictOf(filter, plan, logger);
    if (verdict.passes === false) return { written: false, steps: [`${label}: ${verdict.text} stops it`] };
    if (verdict.passes === undefined) unsure.push(verdict.text);
  }
  const kind = handler.make.official?.name;
  if (kind === "NullHandler") return { written: false, steps: [`${label} gets it and writes nothing`] };
  const feeds = refersTo(handler);
  const holds = kind === "FingersCrossedHandler" || kind === "RepeatHandler";
  const further = feeds.map((fed) =>
    taken(plan, fed, `handler ${fed} behind ${name}`, level, logger, holds || handler.queue?.respectHandlerLevel === true),
  );
  const onward = feeds.length > 0 ? `, for ${feeds.join(", ")}` : "";
  const doubt = `${holds ? ", and may hold it back" : ""}${unsure.length > 0 ? `, unless ${unsure.join(" or ")} stops it` : ""}`;
  return {
    written: feeds.length === 0 || further.some(({ written }) => written),
    // Of those behind it nothing is said that went without saying.
    steps: [`${label} gets it${onward}${doubt}`, ...further.flatMap(({ plain, steps }) => (plain === true ? [] : steps))],
    plain: onward + doubt === "",
  };
};

/** What a filter says of a logger's name; `undefined` when it looks at more than that. */
const verdictOf = (
  filter: string | FilterLike,
  plan: Plan,
  logger: string,
): { readonly passes: boolean | undefined; readonly text: string } => {
  if (typeof filter !== "string") return { passes: undefined, text: "a filter of the program" };
  const part = plan.filters.get(filter) as PartPlan<FilterLike>;
  const passed = "make" in part && part.make.official?.name === "Filter" ? (part.make.options["name"] ?? "") : undefined;
  if (typeof passed !== "string") return { passes: undefined, text: `filter ${filter}` };
  const record = logger === "" ? "root" : logger;
  return {
    passes: passed === "" || record === passed || record.startsWith(`${passed}.`),
    text: `filter ${filter} (${passed === "" ? "all" : passed})`,
  };
};
