import { getLevelName, NOTSET, WARNING } from "@cordwood/core";
import type { Directive } from "./directives.js";
import type { HandlerPlan, PartPlan, Plan } from "./plan.js";
import { refersTo } from "./plan.js";
import { hideAddress } from "./secrets.js";
import type { HandlerNode, LoggerNode, LoggingTree } from "./tree.js";

/** The tree that a document makes, without making it; loggers that only the program knows are not in it. */
export const planTree = (plan: Plan, directives: readonly Directive[]): LoggingTree => {
  const names = new Set(["", ...plan.loggers.map((logger) => logger.name), ...directives.map((directive) => directive.logger)]);
  const parentOf = (name: string): string => {
    for (let at = name; at.includes("."); ) {
      at = at.slice(0, at.lastIndexOf("."));
      if (names.has(at)) return at;
    }
    return "";
  };
  const levelOf = (name: string): number => {
    const directive = directives.filter((one) => one.logger === name).at(-1)?.level;
    const document = plan.loggers.filter((logger) => logger.name === name && logger.level !== undefined).at(-1)?.level;
    return directive ?? document ?? (name === "" ? WARNING : NOTSET);
  };
  const node = (name: string): LoggerNode => {
    let from = name;
    while (from !== "" && levelOf(from) === NOTSET) from = parentOf(from);
    const own = plan.loggers.filter((logger) => logger.name === name);
    const filters = own.flatMap((logger) => logger.filters);
    return {
      name: name === "" ? "root" : name,
      level: String(getLevelName(levelOf(from))),
      levelFrom: from === "" ? "root" : from,
      propagate: own.every((logger) => logger.propagate !== false),
      disabled: false,
      filters: filters.map((filter) => (typeof filter === "string" ? filter : "a filter of the program")),
      handlers: (own.at(-1)?.handlers ?? []).map((handler) => handlerNode(plan, handler)),
      children: [...names]
        .filter((other) => other !== "" && parentOf(other) === name)
        .sort()
        .map(node),
    };
  };
  return { root: node(""), lastResort: null };
};

const handlerNode = (plan: Plan, name: string): HandlerNode => {
  const handler = plan.handlers.find((one) => one.name === name) as HandlerPlan;
  return {
    name,
    class: handler.make.official?.name ?? handler.make.target.name,
    level: String(getLevelName(handler.level)),
    to: destination(handler.make.options),
    formatter: handler.formatter === undefined ? null : formatterText(handler.formatter, plan),
    filters: handler.filters.map((filter) => (typeof filter === "string" ? filter : "a filter of the program")),
    feeds: refersTo(handler).map((fed) => handlerNode(plan, fed)),
  };
};

const destination = (options: Readonly<Record<string, unknown>>): string => {
  const { stream, filename, host, port, address, mailhost, url } = options;
  if (stream === process.stdout) return "stdout";
  if (stream === process.stderr) return "stderr";
  if (typeof filename === "string") return filename;
  const place = [host ?? mailhost ?? address, port].flat().filter((part) => typeof part === "string" || typeof part === "number");
  return hideAddress(`${place.join(":")}${typeof url === "string" ? (url.split(/[?#]/)[0] ?? "") : ""}`);
};

const formatterText = (name: string, plan: Plan): string => {
  const part = plan.formatters.get(name) as PartPlan<object>;
  const format = "make" in part ? part.make.options["fmt"] : undefined;
  return `${name}${typeof format === "string" ? ` ${JSON.stringify(format)}` : ""}`;
};
