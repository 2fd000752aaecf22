import { attempt, type FilterLike, type FormatterLike } from "@cordwood/core";
import { type Named, planMake } from "./make.js";
import type { Role } from "./official.js";
import { join } from "./path.js";
import type { PartPlan, Section } from "./plan.js";
import { isFilter } from "./plan-values.js";
import { ProblemAt } from "./problem.js";
import { isPending } from "./resolve.js";
import { shown } from "./secrets.js";

/** What a class or factory key names: text is resolved, a function is itself. */
export const namedBy = (raw: unknown, path: string, section: Section, role: Role): Named => {
  const given = section.value(raw, path);
  if (typeof given === "function") return { target: given, official: undefined };
  if (typeof given !== "string" || given === "") {
    if (isPending(given)) return { target: pendingTarget, official: undefined };
    throw new ProblemAt(path, `expected the name of a ${role}, such as ${EXAMPLE[role]}, got ${shown(given, path)}`);
  }
  const target = section.resolver.named(given, path, role);
  return isPending(target)
    ? { target: pendingTarget, official: section.resolver.official(given) }
    : { target, official: section.resolver.official(given) };
};

/** Stands for a class that is still to be fetched; a plan made with it is thrown away. */
const pendingTarget = (): never => {
  throw new Error("the class has not been fetched");
};

const EXAMPLE: Readonly<Record<Role, string>> = {
  handler: "logging.StreamHandler",
  formatter: "logging.Formatter",
  filter: "logging.Filter",
  queue: "queue.Queue",
  listener: "logging.handlers.QueueListener",
};

/** The keys of an entry that are neither a class nor attributes, with references filled in; what fails is collected. */
export const ownKeys = (
  spec: Readonly<Record<string, unknown>>,
  skip: readonly string[],
  path: string,
  section: Section,
): Record<string, unknown> => {
  const own: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(spec)) {
    if (skip.includes(key)) continue;
    section.problems.gather(join(path, key), () => {
      own[key] = section.value(spec[key], join(path, key));
    });
  }
  return own;
};

/** Attributes to set after construction: what stands under the key ".", not converted, as in Python. */
export const attributesOf = (spec: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, unknown>> => {
  const given = spec["."];
  if (given === undefined || given === null) return {};
  if (typeof given === "object" && !Array.isArray(given)) return given as Record<string, unknown>;
  throw new ProblemAt(join(path, "."), `expected an object of attributes, got ${shown(given, path)}`);
};

export const planFormatter = (spec: Record<string, unknown>, path: string, section: Section): PartPlan<FormatterLike> => {
  const factory = spec["()"] !== undefined;
  const key = factory ? "()" : "class";
  const raw = spec[key] ?? "logging.Formatter";
  const ready = attempt(() => typeof (section.value(raw, join(path, key)) as FormatterLike).format === "function", false);
  if (ready) return { path, ready: section.value(raw, join(path, key)) as FormatterLike };
  const named = namedBy(raw, join(path, key), section, "formatter");
  return {
    path,
    make: planMake(named, ownKeys(spec, ["()", "class", "."], path, section), path, section),
    attributes: attributesOf(spec, path),
  };
};

export const planFilter = (spec: Record<string, unknown>, path: string, section: Section): PartPlan<FilterLike> => {
  const raw = spec["()"] ?? spec["class"] ?? "logging.Filter";
  const at = join(path, spec["()"] === undefined && spec["class"] !== undefined ? "class" : "()");
  const value = attempt(() => section.value(raw, at), undefined);
  if (typeof value === "object" && isFilter(value)) return { path, ready: value };
  const named = namedBy(raw, at, section, "filter");
  return {
    path,
    make: planMake(named, ownKeys(spec, ["()", "class", "."], path, section), path, section),
    attributes: attributesOf(spec, path),
  };
};
