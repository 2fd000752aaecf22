import { join } from "./path.js";
import { entries, type LoggerPlan, type Section } from "./plan.js";
import { isFilter, levelOf, namesOf, resolvedEntry } from "./plan-values.js";
import { ProblemAt } from "./problem.js";
import { shown } from "./secrets.js";
import { suggestion } from "./suggest.js";

const LOGGER_KEYS = ["level", "propagate", "handlers", "filters", "qualname"] as const;

/** Reads `loggers` and `root`, in the order in which they are applied. */
export const planLoggers = (
  section: Section,
  known: { readonly filters: readonly string[]; readonly handlers: readonly string[] },
  incremental: boolean,
  rootFirst: boolean,
): LoggerPlan[] => {
  const plans: LoggerPlan[] = [];
  const add = (name: string, spec: Record<string, unknown>, path: string, isRoot: boolean): void => {
    for (const key of Object.keys(spec)) {
      if (!(LOGGER_KEYS as readonly string[]).includes(key))
        section.problems.add(join(path, key), `a logger has no ${JSON.stringify(key)}; ${suggestion(key, LOGGER_KEYS)}`);
    }
    // Gunicorn's own configuration repeats a logger's name, as INI files have to.
    const { qualname = name } = spec;
    if (qualname !== name)
      section.problems.add(
        join(path, "qualname"),
        `expected ${JSON.stringify(name)}, the logger's name, got ${shown(qualname, path)}; leave it out`,
      );
    const part = <T>(key: string, read: (at: string) => T): T | undefined =>
      section.problems.gather(join(path, key), () => read(join(path, key)));
    plans.push({
      name,
      path,
      level: part("level", (at) => levelOf(spec["level"], at, section)),
      propagate: isRoot ? undefined : part("propagate", (at) => propagateOf(spec["propagate"], at, section)),
      handlers: incremental
        ? []
        : (part("handlers", (at) => namesOf<never>(spec["handlers"], at, section, known.handlers, "handler")) ?? []),
      filters: incremental ? [] : (part("filters", (at) => namesOf(spec["filters"], at, section, known.filters, "filter", isFilter)) ?? []),
    });
  };
  const root = section.problems.gather("root", () =>
    section.document["root"] === undefined || section.document["root"] === null
      ? undefined
      : resolvedEntry(section.document["root"], "root", section),
  );
  const addRoot = (): void => {
    // As Python: an empty root changes nothing, its handlers stay.
    if (root !== undefined && Object.keys(root).length > 0) add("", root, "root", true);
  };
  if (rootFirst) addRoot();
  for (const [name, spec, path] of entries(section, "loggers")) add(name === "root" ? "" : name, spec, path, false);
  if (!rootFirst) addRoot();
  return plans;
};

const propagateOf = (raw: unknown, path: string, section: Section): boolean | undefined => {
  const given = section.value(raw, path);
  if (given === undefined || given === null) return undefined;
  if (typeof given === "string" && section.fromEnvironment.has(path) && /^(true|false)$/i.test(given)) return /true/i.test(given);
  if (typeof given === "boolean" || Number.isInteger(given)) return Boolean(given);
  throw new ProblemAt(path, `expected true or false, got ${shown(given, path)}`);
};
