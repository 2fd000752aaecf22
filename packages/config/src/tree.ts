import {
  attempt,
  escapeControlCharacters,
  type FilterLike,
  getLastResort,
  getLevelName,
  getLogger,
  getLoggers,
  type HandlerLike,
  type Logger,
} from "@cordwood/core";
import { current } from "./owned.js";
import { hideAddress } from "./secrets.js";

/** A handler as it stands, without any secret. */
export interface HandlerNode {
  readonly name: string | null;
  readonly class: string;
  readonly level: string;
  /** Where the records go, such as a file's name or `host:port`. */
  readonly to: string;
  readonly formatter: string | null;
  readonly filters: readonly string[];
  /** Handlers that this one hands records to. */
  readonly feeds: readonly HandlerNode[];
}

/** A logger as it stands. */
export interface LoggerNode {
  readonly name: string;
  /** The level in force. */
  readonly level: string;
  /** The logger that sets it; the same name when it is set here. */
  readonly levelFrom: string;
  readonly propagate: boolean;
  readonly disabled: boolean;
  readonly filters: readonly string[];
  readonly handlers: readonly HandlerNode[];
  readonly children: readonly LoggerNode[];
}

/** All loggers of the process, the root first. */
export interface LoggingTree {
  readonly root: LoggerNode;
  /** What writes when no handler exists on a record's path; `null`: nothing does. */
  readonly lastResort: HandlerNode | null;
}

/** How the loggers stand: levels and where they come from, handlers, formatters. Passwords and the like are not in it. */
export const tree = (): LoggingTree => {
  const lastResort = getLastResort();
  const children = new Map<Logger | null, Logger[]>();
  for (const logger of getLoggers()) {
    const siblings = children.get(logger.parent);
    if (siblings === undefined) children.set(logger.parent, [logger]);
    else siblings.push(logger);
  }
  return { root: loggerNode(getLogger(), children), lastResort: lastResort === null ? null : handlerNode(lastResort, []) };
};

const loggerNode = (logger: Logger, children: ReadonlyMap<Logger | null, readonly Logger[]>): LoggerNode => {
  const below = [...(children.get(logger) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    name: logger.name,
    level: String(getLevelName(logger.getEffectiveLevel())),
    levelFrom: settingLogger(logger),
    propagate: logger.propagate,
    disabled: logger.disabled,
    filters: logger.filters.map(filterText),
    handlers: logger.handlers.map((handler) => handlerNode(handler, [])),
    children: below.map((child) => loggerNode(child, children)),
  };
};

const settingLogger = (logger: Logger): string => {
  for (let at: Logger | null = logger; at !== null; at = at.parent) if (at.level !== 0) return at.name;
  return "root";
};

const handlerNode = (handler: HandlerLike, above: readonly HandlerLike[]): HandlerNode => {
  const own = handler as HandlerLike & Readonly<Record<string, unknown>>;
  const feeds = above.includes(handler) ? [] : feedsOf(handler);
  return {
    name: attempt(() => (typeof own["name"] === "string" ? own["name"] : null), null),
    class: attempt(() => handler.constructor.name.replace(/^_+/, ""), "handler"),
    level: String(getLevelName(handler.level)),
    to: attempt(() => destination(own), ""),
    formatter: attempt(() => formatterText(own["formatter"]), null),
    filters: attempt(() => ((own["filters"] ?? []) as readonly FilterLike[]).map(filterText), []),
    feeds: feeds.map((fed) => handlerNode(fed, [...above, handler])),
  };
};

const feedsOf = (handler: HandlerLike): readonly HandlerLike[] =>
  attempt(() => {
    const owned = current().handlers.get(handler);
    if (owned !== undefined) return owned.feeds;
    const { target, listener } = handler as { target?: HandlerLike | null; listener?: { handlers?: readonly HandlerLike[] } | null };
    return [...(typeof target?.handle === "function" ? [target] : []), ...(listener?.handlers ?? [])];
  }, []);

/** Only what is known to be harmless is shown, so that a handler's password can never be. */
const destination = (handler: Readonly<Record<string, unknown>>): string => {
  if (handler["stream"] !== undefined && handler["stream"] === process.stdout) return "stdout";
  if (handler["stream"] !== undefined && handler["stream"] === process.stderr) return "stderr";
  const { baseFilename, host, port, address, mailhost, url } = handler;
  if (typeof baseFilename === "string") return [baseFilename, rotation(handler)].filter(Boolean).join(", ");
  if (typeof address === "string") return address;
  if (Array.isArray(address)) return address.join(":");
  const place = [host ?? mailhost, port ?? handler["mailport"]]
    .filter((part) => typeof part === "string" || typeof part === "number")
    .join(":");
  const path = typeof url === "string" ? (url.split(/[?#]/)[0] ?? "") : "";
  if (place !== "" || path !== "") return hideAddress(`${place}${path}`);
  const capacity = handler["capacity"];
  return typeof capacity === "number" ? `up to ${capacity} records` : "";
};

const rotation = (handler: Readonly<Record<string, unknown>>): string => {
  const { maxBytes, when, backupCount } = handler;
  const parts = [
    typeof maxBytes === "number" && maxBytes > 0 ? `${maxBytes} bytes` : "",
    typeof when === "string" ? `when ${when}` : "",
  ].filter(Boolean);
  return parts.length > 0 && typeof backupCount === "number" ? `${parts.join(", ")}, ${backupCount} kept` : parts.join(", ");
};

const formatterText = (formatter: unknown): string | null => {
  if (typeof formatter !== "object" || formatter === null) return null;
  const { fmt, preset } = formatter as { fmt?: unknown; preset?: unknown };
  const detail = typeof fmt === "string" ? ` ${JSON.stringify(fmt)}` : typeof preset === "string" ? ` ${preset}` : "";
  return `${formatter.constructor?.name.replace(/^_+/, "") ?? "formatter"}${detail}`;
};

/** A filter in a word: its class, and the name it passes. */
export const filterText = (filter: FilterLike): string =>
  attempt(() => {
    if (typeof filter === "function") return filter.name || "a function";
    const { name } = filter as { name?: unknown };
    return `${filter.constructor.name.replace(/^_+/, "")}${typeof name === "string" ? `(${name})` : ""}`;
  }, "a filter");

/** Draws a tree as text, one logger or handler a line. */
export const drawTree = ({ root, lastResort }: LoggingTree = tree()): string => {
  const lines: string[] = [];
  drawLogger(root, "", "", lines);
  if (root.handlers.length === 0 && lastResort !== null) lines.push(`last resort: ${handlerText(lastResort)}`);
  return `${lines.map((line) => escapeControlCharacters(line).replaceAll("\n", "\\n").replaceAll("\t", "\\t")).join("\n")}\n`;
};

const drawLogger = (node: LoggerNode, first: string, rest: string, lines: string[]): void => {
  const level = node.levelFrom === node.name ? node.level : `${node.level} from ${node.levelFrom}`;
  const more = [
    node.disabled ? "disabled" : "",
    node.propagate ? "" : "does not propagate",
    ...node.filters.map((filter) => `filter ${filter}`),
  ].filter(Boolean);
  lines.push(`${first}${node.name}  ${[level, ...more].join(", ")}`);
  const bar = node.children.length > 0 ? "│" : " ";
  for (const handler of node.handlers) drawHandler(handler, `${rest}${bar} → `, `${rest}${bar}   `, lines);
  node.children.forEach((child, index) => {
    const last = index === node.children.length - 1;
    drawLogger(child, `${rest}${last ? "└" : "├"} `, `${rest}${last ? " " : "│"} `, lines);
  });
};

const drawHandler = (node: HandlerNode, first: string, rest: string, lines: string[]): void => {
  lines.push(`${first}${handlerText(node)}`);
  for (const fed of node.feeds) drawHandler(fed, `${rest}→ `, `${rest}  `, lines);
};

const handlerText = (node: HandlerNode): string =>
  [
    `${node.class}${node.name === null ? "" : ` ${JSON.stringify(node.name)}`}${node.to === "" ? "" : ` to ${node.to}`}`,
    node.level === "NOTSET" ? "" : `level ${node.level}`,
    node.formatter ?? "",
    ...node.filters.map((filter) => `filter ${filter}`),
  ]
    .filter(Boolean)
    .join(", ");
