import { ARGS } from "./guard.js";
import { type IniFile, type IniSection, parseIni } from "./ini.js";
import { parseLiteral } from "./literals.js";
import { officialClass } from "./official.js";
import { ProblemAt, Problems } from "./problem.js";
import { pythonName, pythonNames } from "./python-names.js";
import { suggestion } from "./suggest.js";

/** An INI file as a document, and where each part of it stands in the file. */
export interface IniDocument {
  readonly document: Record<string, unknown>;
  /** `handlers.h.args` as `handler_h.args`. */
  readonly placeOf: (path: string) => string;
}

/**
 * Turns a logging configuration in Python's INI form into a document: `[loggers]`, `[handlers]` and `[formatters]` list the sections.
 * `args`, `kwargs` and `defaults` are read by the parser of literals, never evaluated.
 * @throws ConfigError
 */
export const iniDocument = (
  text: string,
  defaults: Readonly<Record<string, string>>,
  disableExistingLoggers: boolean | undefined,
): IniDocument => {
  const file = parseIni(text, defaults);
  const problems = new Problems();
  const places = new Map<string, string>();
  const table = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;
  const document = Object.assign(table(), {
    version: 1,
    ...(disableExistingLoggers === undefined ? {} : { disableExistingLoggers }),
    formatters: table(),
    handlers: table(),
    loggers: table(),
  });
  const read = (kind: "formatter" | "handler" | "logger", one: (name: string, section: IniSection) => void): void => {
    for (const name of problems.gather(`${kind}s.keys`, () => listed(file, `${kind}s`)) ?? []) {
      problems.gather(`${kind}_${name}`, () => one(name, wanted(file, `${kind}_${name}`)));
    }
  };
  read("formatter", (name, section) => {
    document.formatters[name] = formatterOf(section);
    places.set(`formatters.${name}`, section.name);
  });
  read("handler", (name, section) => {
    document.handlers[name] = handlerOf(section, problems);
    places.set(`handlers.${name}`, section.name);
  });
  const names = problems.gather("loggers.keys", () => listed(file, "loggers")) ?? [];
  if (names.length > 0 && !names.includes("root")) problems.add("loggers.keys", 'lists no "root"; it must');
  problems.gather("logger_root", () => {
    if (!names.includes("root")) return;
    const { level, handlers } = loggerOf(wanted(file, "logger_root"), problems);
    Object.assign(document, { root: { ...(level === undefined ? {} : { level }), handlers } });
    places.set("root", "logger_root");
  });
  read("logger", (name, section) => {
    if (name === "root") return;
    const qualname = section.get("qualname");
    if (qualname === undefined) throw new ProblemAt(`${section.name}.qualname`, "is missing; give the logger's name");
    // A name that two sections configure gets both, the later one on top.
    document.loggers[qualname] = { ...(document.loggers[qualname] as object | undefined), ...loggerOf(section, problems) };
    places.set(`loggers.${qualname}`, section.name);
  });
  problems.throwIfAny();
  return { document, placeOf: (path) => placed(path, places) };
};

const placed = (path: string, places: ReadonlyMap<string, string>): string => {
  const known = [...places.keys()]
    .filter((key) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`))
    .sort((a, b) => b.length - a.length)[0];
  return known === undefined ? path : `${places.get(known)}${path.slice(known.length)}`;
};

const wanted = (file: IniFile, name: string): IniSection => {
  const found = file.section(name);
  if (found === undefined) throw new ProblemAt(name, `the file has no section [${name}]; ${suggestion(name, [...file.sections.keys()])}`);
  return found;
};

const split = (text: string): string[] => text.split(",").map((part) => part.trim());

const listed = (file: IniFile, name: string): string[] => {
  const keys = wanted(file, name).get("keys");
  if (keys === undefined) throw new ProblemAt(`${name}.keys`, "is missing; list the names, or leave it empty");
  return keys === "" ? [] : split(keys);
};

const formatterOf = (section: IniSection): Record<string, unknown> => {
  const spec: Record<string, unknown> = Object.create(null);
  // Raw, as in Python: a format is full of percent signs that are not references.
  for (const key of ["format", "datefmt", "style"]) if (section.raw(key) !== undefined) spec[key] = section.raw(key);
  const defaults = section.raw("defaults");
  if (defaults !== undefined) spec["defaults"] = literal(defaults, `${section.name}.defaults`);
  const name = section.get("class");
  if (name) spec["class"] = name;
  return spec;
};

const handlerOf = (section: IniSection, problems: Problems): Record<string | symbol, unknown> => {
  const name = section.get("class");
  if (!name)
    throw new ProblemAt(
      `${section.name}.class`,
      name === undefined ? "is missing; name a handler, such as StreamHandler" : "is empty; name a handler, such as StreamHandler",
    );
  const spec: Record<string | symbol, unknown> = Object.create(null);
  const official = officialClass(name);
  problems.gather(`${section.name}.args`, () => {
    const args = literal(section.get("args") ?? "()", `${section.name}.args`);
    if (!Array.isArray(args))
      throw new ProblemAt(`${section.name}.args`, "expected a tuple; with one argument write a comma: ('app.log',)");
    if (official === undefined) spec[ARGS] = args;
    else if (args.length > official.order.length)
      throw new ProblemAt(`${section.name}.args`, `${official.name} takes at most ${official.order.length}: ${official.order.join(", ")}`);
    else for (const [index, arg] of args.entries()) spec[official.order[index] as string] = arg;
  });
  problems.gather(`${section.name}.kwargs`, () => {
    const kwargs = literal(section.get("kwargs") ?? "{}", `${section.name}.kwargs`);
    if (typeof kwargs !== "object" || kwargs === null || Array.isArray(kwargs))
      throw new ProblemAt(`${section.name}.kwargs`, "expected a dictionary: {'encoding': 'utf-8'}");
    for (const key of Object.keys(kwargs)) {
      if (Object.hasOwn(spec, key)) throw new ProblemAt(`${section.name}.kwargs`, `${key} is given by args already`);
      spec[key] = (kwargs as Record<string, unknown>)[key];
    }
  });
  spec["class"] = name;
  for (const key of ["level", "formatter"]) if (section.get(key) !== undefined) spec[key] = section.get(key);
  const target = section.get("target");
  if (target && official?.options["target"] !== undefined) spec["target"] = target;
  return spec;
};

const loggerOf = (section: IniSection, problems: Problems): { level?: string; handlers: string[]; propagate: boolean } => {
  const handlers = section.get("handlers");
  if (handlers === undefined) throw new ProblemAt(`${section.name}.handlers`, "is missing; list the handlers, or leave it empty");
  const level = section.get("level");
  const propagate = section.get("propagate") ?? "1";
  if (!/^\s*[+-]?\d+\s*$/.test(propagate))
    problems.add(`${section.name}.propagate`, `expected 1 or 0, got ${JSON.stringify(propagate.slice(0, 40))}`);
  return {
    ...(level === undefined ? {} : { level }),
    handlers: handlers === "" ? [] : split(handlers),
    propagate: Number(propagate) !== 0,
  };
};

const literal = (text: string, path: string): unknown => {
  try {
    return parseLiteral(text, (name) => {
      const found = pythonName(name);
      if (found !== undefined) return found.value;
      throw new ProblemAt(path, `${JSON.stringify(name.slice(0, 60))} is no name that is known here; ${suggestion(name, pythonNames())}`);
    });
  } catch (error) {
    if (error instanceof ProblemAt) throw error;
    throw new ProblemAt(path, error instanceof Error ? error.message : String(error), { cause: error });
  }
};
