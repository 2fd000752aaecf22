import { build } from "./build.js";
import type { LoggingConfig } from "./document.js";
import { guard } from "./guard.js";
import { current } from "./owned.js";
import type { Place } from "./parse.js";
import { keysOf } from "./path.js";
import { type Plan, planDocument } from "./plan.js";
import { ConfigError, ProblemAt, Problems } from "./problem.js";
import { type ResolveOptions, Resolver } from "./resolve.js";
import { hideSecrets, secretsOf } from "./secrets.js";
import { applyIncremental, closeAll, swap } from "./swap.js";
import { tryOut } from "./try-out.js";

/** What {@link dictConfig} takes beside the document. */
export interface DictConfigOptions<Custom extends string = string> extends ResolveOptions<Custom> {
  /**
   * Whether this is the same configuration once more, changed: handlers whose entries are as before go on, files and connections open, and
   * filters that the former document put on loggers are replaced. Default `false`: everything is made anew, as in Python.
   */
  readonly keepUnchanged?: boolean;
}

/** What the loaders know beyond the options that callers give. */
export interface DocumentOrigin {
  /** Paths whose values came from the environment, as text. */
  readonly fromEnvironment?: ReadonlySet<string>;
  /** Whether the root is applied before the other loggers: so in INI files. */
  readonly rootFirst?: boolean;
  /** Turns a path inside the document into one that the reader of the file knows. */
  readonly placeOf?: (path: string) => string;
  /** Looks at what is about to be made; throws to have none of it. */
  readonly inspect?: (plan: Plan) => void;
  /** Line and column of what keys lead to. */
  readonly locate?: (keys: readonly (string | number)[]) => Place | undefined;
}

/**
 * Configures logging from a document in Python's dictConfig schema. All or nothing: everything is checked and made first, then put in
 * force in one step. When it resolves, what was replaced has been flushed and closed.
 * @throws ConfigError naming every problem by its path; the former configuration goes on untouched.
 */
export const dictConfig = <Custom extends string = never>(
  config: LoggingConfig<NoInfer<Custom>>,
  options: DictConfigOptions<Custom> = {},
): Promise<void> => configure(config, options, {});

/**
 * The same at once. Handlers of other packages must be handed in (`packages`) or be installed where Node's `require` finds them.
 * What was replaced is closed; what that takes beyond this call goes on in the background, and failures are reported.
 * @throws ConfigError
 */
export const dictConfigSync = <Custom extends string = never>(
  config: LoggingConfig<NoInfer<Custom>>,
  options: DictConfigOptions<Custom> = {},
): void => {
  const work = new Work(config, options, {});
  while (work.read().waiting) work.resolver.fetchSync();
  void closeAll(work.apply());
};

export const configure = async (config: unknown, options: DictConfigOptions, origin: DocumentOrigin): Promise<void> => {
  const work = new Work(config, options, origin);
  while (work.read().waiting) await work.resolver.fetch();
  await closeAll(work.apply());
};

/** Checks a document without putting it in force: names are resolved and formatters made, but no handler that opens anything. @throws ConfigError */
export const checkDocument = async (config: unknown, options: ResolveOptions, origin: DocumentOrigin): Promise<Plan> => {
  const work = new Work(config, options, origin);
  while (work.read().waiting) await work.resolver.fetch();
  return work.checked();
};

/** One document on its way. */
class Work {
  readonly resolver: Resolver;
  readonly #options: DictConfigOptions;
  readonly #origin: DocumentOrigin;
  readonly #config: unknown;
  #document: Record<string, unknown> | undefined;
  #problems = new Problems();
  #plan: Plan | undefined;

  constructor(config: unknown, options: DictConfigOptions, origin: DocumentOrigin) {
    this.#config = config;
    this.#options = options;
    this.#origin = origin;
    this.resolver = new Resolver(options);
  }

  /** Reads the document; names it meets for the first time are noted in the resolver, which then is waiting. */
  read(): Resolver {
    this.#problems = new Problems();
    this.#document ??= this.#placed(() => guard(this.#config));
    const { fromEnvironment = new Set<string>(), rootFirst = false } = this.#origin;
    this.#plan = planDocument(this.#document, this.resolver, this.#problems, fromEnvironment, rootFirst);
    return this.resolver;
  }

  checked(): Plan {
    this.#placed(() => this.#problems.throwIfAny());
    const plan = this.#plan as Plan;
    this.#placed(() => build({ ...plan, handlers: [], loggers: [] }, { keepUnchanged: false }));
    this.#placed(() => tryOut(plan));
    return plan;
  }

  apply(): ReturnType<typeof swap> {
    this.#placed(() => this.#problems.throwIfAny());
    const plan = this.#plan as Plan;
    const keepUnchanged = this.#options.keepUnchanged ?? false;
    this.#placed(() => this.#origin.inspect?.(plan));
    return this.#placed(() => {
      if (plan.incremental) {
        applyIncremental(plan);
        return [];
      }
      const old = swap(plan, build(plan, { keepUnchanged }), keepUnchanged);
      current().again = () => configure(this.#config, { ...this.#options, keepUnchanged: true }, this.#origin);
      return old;
    });
  }

  /** Gives every failure its place in the document, and takes secrets out of what it says. */
  #placed<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      const { placeOf = (path: string) => path, locate } = this.#origin;
      const secrets = secretsOf(this.#config);
      const found =
        error instanceof ConfigError
          ? error.problems
          : [{ path: error instanceof ProblemAt ? error.path : "", message: error instanceof Error ? error.message : String(error) }];
      const cause = error instanceof ProblemAt || error instanceof ConfigError ? error.cause : error;
      const problems = found.map((problem) => {
        const path = placeOf(problem.path);
        const place = problem.line === undefined ? locate?.(keysOf(path, this.#document)) : undefined;
        return { ...problem, path, message: hideSecrets(problem.message, secrets), ...place };
      });
      const told = cause instanceof Error ? `${cause.message}\n${cause.stack}` : "";
      throw new ConfigError(problems, cause === undefined || hideSecrets(told, secrets) !== told ? undefined : { cause });
    }
  }
}
