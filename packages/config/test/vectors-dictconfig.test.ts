import { ConfigError, dictConfig, type LoggingConfig } from "@cordwood/config";
import { getHandlerByName } from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { type Existing, summaryLike } from "./summary.js";
import { type ConfigCase, freshLogging, inEmptyFolder } from "./vector-case.js";

interface Input {
  existing: Existing[];
  configs: Record<string, unknown>[];
}

const hidden = freshLogging();

const TOP = ["version", "incremental", "disable_existing_loggers", "formatters", "filters", "handlers", "loggers", "root"];
const LOGGER = ["level", "propagate", "handlers", "filters"];

/** On purpose: a key that nobody knows is an error here, where CPython ignores it. A key that `cfg://` refers to is known. */
const hasUnknownKeys = (config: Record<string, unknown>): boolean => {
  const text = JSON.stringify(config);
  const loggers = [...Object.values((config["loggers"] ?? {}) as Record<string, object>), (config["root"] ?? {}) as object];
  return (
    Object.keys(config).some((key) => !TOP.includes(key) && !text.includes(`cfg://${key}`)) ||
    loggers.some((logger) => Object.keys(logger).some((key) => !LOGGER.includes(key)))
  );
};

type Handlers = Readonly<Record<string, { readonly class?: string; readonly target?: string; readonly handlers?: readonly string[] }>>;

const refersTo = (handler: Handlers[string]): readonly string[] => {
  if (handler.class === "logging.handlers.MemoryHandler" && handler.target !== undefined) return [handler.target];
  return handler.class === "logging.handlers.QueueHandler" ? (handler.handlers ?? []) : [];
};

/** Handlers that CPython does not come to in its two passes, the first by name, the second over those that were put off. */
const leftAfterTwoPasses = (handlers: Handlers): readonly string[] => {
  const made = new Set<string>();
  const pass = (names: readonly string[]): string[] =>
    names.filter((name) => {
      const ready = refersTo(handlers[name] as Handlers[string]).every((other) => made.has(other));
      if (ready) made.add(name);
      return !ready;
    });
  const left = pass(pass(Object.keys(handlers).sort()));
  // What further passes do not make either refers to itself, or to nothing: an error here too.
  let rest = left;
  for (let before = -1; rest.length !== before; ) {
    before = rest.length;
    rest = pass(rest);
  }
  return rest.length > 0 ? [] : left;
};

/** On purpose: references are followed however long their chain is; in CPython the names of the handlers decide whether a chain of three works. */
const chains = (config: Record<string, unknown>): readonly string[] =>
  config["incremental"] === true ? [] : leftAfterTwoPasses((config["handlers"] ?? {}) as Handlers);

/** The place that CPython names: "Unable to configure handler 'h'", "root logger". */
const placeOf = (message: string): string => {
  const [, section, name] = /Unable to configure (\w+) '(.*)'/.exec(message) ?? [];
  if (section !== undefined) return `${section}s.${name}`;
  if (message.includes("root logger")) return "root";
  const missing = /No handler found with name '(.*)'/.exec(message)?.[1];
  return missing === undefined ? "version" : `handlers.${missing}`;
};

describe("vectors: dictconfig", () => {
  for (const { id, input, expected, message } of loadVectors(
    "io",
    "dictconfig",
    import.meta.url,
  ) as unknown as readonly ConfigCase<Input>[]) {
    test(id, () =>
      inEmptyFolder(input.existing, async (folder) => {
        let failure: unknown;
        try {
          for (const config of input.configs) await dictConfig(config as unknown as LoggingConfig);
        } catch (error) {
          failure = error;
        }
        if (input.configs.some(hasUnknownKeys)) expect(failure).toBeInstanceOf(ConfigError);
        else if (input.configs.some((config) => chains(config).length > 0)) {
          expect(failure).toBeUndefined();
          for (const name of input.configs.flatMap(chains)) expect(getHandlerByName(name), name).toBeDefined();
        } else if (expected === undefined) {
          expect(failure).toBeInstanceOf(ConfigError);
          const [first] = (failure as ConfigError).problems;
          const place = placeOf(message as string);
          expect(
            `${first?.path}.`.replaceAll("[", ".").startsWith(`${place}.`),
            `${first?.path} is not in ${place}: ${first?.message}`,
          ).toBe(true);
        } else {
          expect(failure).toBeUndefined();
          expect(summaryLike(expected, folder, hidden)).toEqual(expected);
        }
      }),
    );
  }
});
