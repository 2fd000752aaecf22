import { LoggingError } from "@cordwood/core";

/** One thing that is wrong with a document. */
export interface Problem {
  /** Where in the document, such as `handlers.audit.maxBytes`; empty for the document as a whole. */
  readonly path: string;
  /** What was expected and what was given, without any secret. */
  readonly message: string;
  /** Line and column in the file, when the document came from one; both count from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** A document that cannot be applied. Nothing of it has been: the former configuration is as it was. Its `code` is `CONFIG_INVALID`. */
export class ConfigError extends LoggingError {
  /** Everything that was found, in the order of the document. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: { readonly cause?: unknown }) {
    super("CONFIG_INVALID", problems.map(problemText).join("\n"), options);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `handlers.audit.maxBytes: expected …`, the way every message begins. */
export const problemText = (problem: Problem): string => (problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`);

/** A failure with a place, thrown inside and gathered by {@link Problems}. */
export class ProblemAt extends Error {
  readonly path: string;

  constructor(path: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.path = path;
  }
}

/** Collects problems, so that a document is reported on as a whole and not one mistake at a time. */
export class Problems {
  readonly #found: Problem[] = [];
  #cause: unknown;

  get count(): number {
    return this.#found.length;
  }

  add(path: string, message: string, cause?: unknown): void {
    this.#found.push({ path, message });
    this.#cause ??= cause;
  }

  /** Runs one check; what it throws with a place is collected, anything else is attached to `path`. */
  gather<T>(path: string, check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (error instanceof ProblemAt) this.add(error.path, error.message, error.cause);
      else if (error instanceof ConfigError) for (const problem of error.problems) this.add(problem.path || path, problem.message);
      else this.add(path, error instanceof Error ? error.message : String(error), error);
      return undefined;
    }
  }

  /** @throws ConfigError when anything was found. */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new ConfigError(this.#found, this.#cause === undefined ? undefined : { cause: this.#cause });
  }
}
