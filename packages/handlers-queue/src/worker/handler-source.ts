import { attempt, type HandlerLike, LoggingError, show } from "@cordwood/core";
import { checkText } from "../check-values.js";
import { LoggersOfThisThread } from "./loggers-of-this-thread.js";

/** Where a listener in another thread or process gets its handlers from. */
export type HandlerSource =
  | {
      /** Module to import there: a file URL, an absolute path, or a name resolved from `base`. */
      readonly module: string | URL;
      /** Name of the export that is a handler, a list of handlers, or a function that gives them or a promise of them. Default `"default"`. */
      readonly export?: string;
      /** File or folder from which names are resolved. Default: the working directory. */
      readonly base?: string | URL;
    }
  | {
      /** A configuration document as `dictConfig` of `@cordwood/config` takes it; records go to the loggers it sets up, by their names. */
      readonly document: Readonly<Record<string, unknown>>;
      /** File or folder from which `@cordwood/config` is resolved. Default: the working directory. */
      readonly base?: string | URL;
    };

/** A source in a form that can be sent to another thread. */
export interface PlainSource {
  readonly module?: string;
  readonly export?: string;
  readonly document?: Readonly<Record<string, unknown>>;
  readonly base?: string;
}

/** Checks a source where the user gives it. @throws LoggingError `OPTION_INVALID`. */
export function checkSource(owner: string, source: HandlerSource): PlainSource {
  const given = (source ?? {}) as { module?: unknown; export?: string; document?: unknown; base?: unknown };
  checkText(owner, "export", given.export, "the name of an export");
  checkText(owner, "base", given.base instanceof URL ? given.base.href : given.base, "a file or folder");
  const base = given.base === undefined ? {} : { base: String(given.base) };
  if (given.document !== undefined && (given.module !== undefined || given.export !== undefined)) {
    throw new LoggingError(
      "OPTION_INVALID",
      `${owner}: handlers come from a document or from a module, and both are given; leave out document, or module and export`,
    );
  }
  if (typeof given.module === "string" || given.module instanceof URL) {
    return { ...base, module: String(given.module), export: given.export ?? "default" };
  }
  if (typeof given.document === "object" && given.document !== null) {
    try {
      return { ...base, document: structuredClone(given.document) as Readonly<Record<string, unknown>> };
    } catch (cause) {
      throw new LoggingError(
        "OPTION_INVALID",
        `${owner}: the document holds something that cannot be sent to another thread (${attempt(() => (cause as Error).message, "")}); name classes instead of giving them, or use { module }`,
        { cause },
      );
    }
  }
  throw new LoggingError(
    "OPTION_INVALID",
    `${owner}: handlers are ${show(source)}; give { module } with a file URL, or { document } with a configuration`,
  );
}

interface Resolver {
  createRequire(from: string | URL): { (name: string): unknown; resolve(name: string): string };
  pathToFileURL(path: string): URL;
}

/** Loads the handlers in this thread. Rejects with a LoggingError that says what to do. */
export async function loadHandlers(source: PlainSource, node: Resolver | undefined): Promise<readonly HandlerLike[]> {
  if (source.document !== undefined) return loadDocument(source, node);
  const specifier = source.module as string;
  const module = (await importModule(specifier, source.base, node)) as Record<string, unknown>;
  const name = source.export ?? "default";
  let exported = module[name];
  // A CommonJS module that was compiled from ESM has its default export one level further in.
  if (name === "default" && typeof exported === "object" && exported !== null && "default" in exported) exported = exported.default;
  const made: unknown = typeof exported === "function" ? await exported() : exported;
  const handlers = [made].flat() as HandlerLike[];
  if (made === undefined || handlers.some((handler) => typeof handler?.handle !== "function")) {
    throw new LoggingError("HANDLER_INVALID", `${specifier}: export ${name} gives no handlers; export a function that returns handlers`);
  }
  return handlers;
}

async function loadDocument(source: PlainSource, node: Resolver | undefined): Promise<readonly HandlerLike[]> {
  let config: { dictConfig(document: unknown): Promise<unknown> };
  try {
    config = (await importModule("@cordwood/config", source.base, node)) as typeof config;
  } catch (cause) {
    if (!String((cause as { code?: unknown } | null)?.code).endsWith("MODULE_NOT_FOUND")) throw cause;
    const message = `{ document } needs @cordwood/config, which is not found from ${source.base ?? "the working directory"}; npm install @cordwood/config`;
    throw new LoggingError("PACKAGE_MISSING", message, { cause });
  }
  await config.dictConfig(source.document);
  return [new LoggersOfThisThread()];
}

/** Whether a handler keeps records until it has enough: flushing it because a batch has ended would take away what it is for. */
export const holdsOnPurpose = (handler: HandlerLike): boolean => typeof (handler as { shouldFlush?: unknown }).shouldFlush === "function";

async function importModule(specifier: string, base: string | undefined, node: Resolver | undefined): Promise<unknown> {
  if (node === undefined || /^(?:file|data|node|https?|blob):/.test(specifier)) return import(/* @vite-ignore */ specifier);
  const require = node.createRequire(base === undefined ? `${node.pathToFileURL(".").href}/` : base);
  const path = esmEntry(require, specifier) ?? require.resolve(specifier);
  return import(/* @vite-ignore */ node.pathToFileURL(path).href);
}

/** The file that `import` would find for a package's name: from another folder than one's own, Node resolves only as `require` does. */
function esmEntry(require: ReturnType<Resolver["createRequire"]>, name: string): string | undefined {
  return attempt(() => {
    const manifest = `${name}/package.json`;
    const { exports } = require(manifest) as { exports: { ".": { import: { default?: string } | string } } };
    const entry = exports["."].import;
    const file = typeof entry === "string" ? entry : entry.default;
    return file === undefined ? undefined : require.resolve(manifest).replace(/package\.json$/, "") + file;
  }, undefined);
}
