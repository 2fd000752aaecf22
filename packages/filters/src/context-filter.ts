import {
  attempt,
  checkLevel,
  checkNumber,
  checkOptions,
  getContext,
  type Level,
  type LevelDecider,
  LoggingError,
  type LogRecord,
  show,
} from "@cordwood/core";

/** The fields in force where a call is made. */
export type Context = Readonly<Record<string, unknown>>;

/** A level for the calls of some contexts. */
export interface ContextRule {
  /** The contexts it is for: fields that have to be there with these values (lists: one of them), or a function. A function that throws says no. */
  readonly when: Context | ((context: Context) => boolean);
  /** Calls at and above this level are let through, those below are dropped, whatever the levels of the loggers. */
  readonly level: Level;
  /** The logger it is for, with all below it. Default: every logger. */
  readonly logger?: string;
  /** When it ends, in milliseconds since 1970. Default: never. */
  readonly untilMs?: number;
}

export interface ContextFilterOptions {
  /** The time in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** Decides about calls before a record is made (`setLevelDecider`), and about records that come from elsewhere (as a filter). */
export interface ContextFilter extends LevelDecider {
  filter(record: LogRecord): boolean;
}

interface Rule {
  readonly matches: (context: Context) => boolean;
  readonly level: number;
  readonly logger: string;
  readonly untilMs: number;
}

/**
 * Levels per request: "debug for this user only", "only warnings of health checks". The first rule whose context and logger fit decides;
 * without one the loggers' levels do. Outside of `withContext` it costs one look for a context.
 * @throws LoggingError for a rule that is none.
 */
export function contextFilter(rules: readonly ContextRule[], options: ContextFilterOptions = {}): ContextFilter {
  checkOptions("contextFilter", options, { now: true });
  if (!Array.isArray(rules) || rules.length === 0)
    throw new LoggingError("OPTION_INVALID", `contextFilter: rules is ${show(rules)}; give a list of at least one rule`);
  const now = options.now ?? Date.now;
  const checked = rules.map(checkRule);
  const levelFor = (context: Context | undefined, logger: string): number | undefined => {
    if (context === undefined) return undefined;
    for (const rule of checked) {
      if (rule.logger !== "" && logger !== rule.logger && !logger.startsWith(`${rule.logger}.`)) continue;
      if (attempt(() => rule.matches(context), false) !== true) continue;
      if (rule.untilMs === Number.POSITIVE_INFINITY || now() < rule.untilMs) return rule.level;
    }
    return undefined;
  };
  return {
    // No rule lets through what is below the lowest of their levels.
    level: Math.min(...checked.map((rule) => rule.level)),
    decide(logger, level) {
      const least = levelFor(getContext(), logger.name);
      return least === undefined ? undefined : level >= least;
    },
    filter(record) {
      const least = levelFor(record.context as Context | undefined, record.name);
      return least === undefined || record.levelno >= least;
    },
  };
}

function checkRule(rule: ContextRule, index: number): Rule {
  const owner = `contextFilter: rules[${index}]`;
  checkOptions(owner, rule, { when: true, level: true, logger: true, untilMs: true });
  if (rule.logger !== undefined && typeof rule.logger !== "string")
    throw new LoggingError("OPTION_INVALID", `${owner}: logger is ${show(rule.logger)}; give a name`);
  return {
    matches: matcher(rule.when, owner),
    level: checkLevel(rule.level),
    logger: rule.logger === "root" ? "" : (rule.logger ?? ""),
    untilMs:
      rule.untilMs === undefined
        ? Number.POSITIVE_INFINITY
        : checkNumber(owner, "untilMs", rule.untilMs, 0, Number.MAX_SAFE_INTEGER, false),
  };
}

function matcher(when: ContextRule["when"], owner: string): (context: Context) => boolean {
  if (typeof when === "function") return when as (context: Context) => boolean;
  const wanted = typeof when === "object" && when !== null ? Object.entries(when) : [];
  // A rule for every context would be a level, and is more likely a slip.
  if (wanted.length === 0)
    throw new LoggingError("OPTION_INVALID", `${owner}: when is ${show(when)}; give fields such as { user: "anna" }, or a function`);
  return (context) =>
    wanted.every(
      ([key, value]) => Object.hasOwn(context, key) && (Array.isArray(value) ? value.includes(context[key]) : context[key] === value),
    );
}
