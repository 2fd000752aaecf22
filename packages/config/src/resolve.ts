import * as core from "@cordwood/core";
import { attempt } from "@cordwood/core";
import * as formatters from "@cordwood/formatters";
import { NOT_HERE, type OfficialClass, officialClass, officialNames, type Role } from "./official.js";
import { type GivenPackages, importPackage, type PackageExports, type PackageKey, requirePackage } from "./packages.js";
import { ProblemAt } from "./problem.js";
import { pythonName, pythonNames } from "./python-names.js";
import { suggestion } from "./suggest.js";

/** Where the names of a document may lead, beyond the official classes. */
export interface ResolveOptions<Custom extends string = string> {
  /** Packages that are at hand, such as `[await import("@cordwood/handlers-file")]`: needed in a bundled program, and for what is synchronous. */
  readonly packages?: GivenPackages;
  /** The program's own classes, factories, streams and values, by the names that the document uses. */
  readonly classes?: Readonly<Record<Custom, unknown>>;
  /** Asked last for a name that nothing else explains; `undefined` means unknown. The only way to names that are not handed in. */
  readonly resolve?: (specifier: string) => unknown;
}

/** Stands for what a name means until it has been fetched. */
const PENDING: unique symbol = Symbol("pending");

/** Whether the value is a name that has not been fetched yet. */
export const isPending = (value: unknown): boolean => value === PENDING;

type Answer = { readonly value: unknown } | { readonly error: unknown };

/**
 * Knows what the names of one document mean. Reading the document asks for names; those that must be fetched are noted, fetched by
 * {@link fetch} or {@link fetchSync}, and the document is read again. So a package is loaded only when a document needs it, and
 * reading itself never waits.
 */
export class Resolver {
  readonly #options: ResolveOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #wanted = new Set<string>();

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  /** Whether names have been asked for that are not fetched. */
  get waiting(): boolean {
    return this.#wanted.size > 0;
  }

  /** What the name of a class or factory means. @throws ProblemAt when it means nothing. */
  readonly named = (specifier: string, path: string, role: Role | "value"): unknown => {
    const answer = this.#known(specifier, role) ?? this.#answers.get(specifier);
    if (answer === undefined) {
      this.#wanted.add(specifier);
      return PENDING;
    }
    if ("error" in answer) throw new ProblemAt(path, messageOf(answer.error), { cause: answer.error });
    if (answer.value === undefined) throw unknownName(specifier, path, role, this.#options);
    return answer.value;
  };

  /** The official class a name means, unless the program's own class stands under it. */
  official(specifier: string): OfficialClass | undefined {
    return Object.hasOwn(this.#options.classes ?? {}, specifier) ? undefined : officialClass(specifier);
  }

  /** What stands behind `ext://name`. */
  readonly external = (specifier: string, path: string): unknown => this.named(specifier, path, "value");

  async fetch(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (const specifier of wanted) {
      try {
        const official = officialClass(specifier);
        const value =
          official === undefined
            ? await this.#options.resolve?.(specifier)
            : exported(await importPackage(official.package, official.name), official.name);
        this.#answers.set(specifier, { value });
      } catch (error) {
        this.#answers.set(specifier, { error });
      }
    }
  }

  fetchSync(): void {
    for (const specifier of this.#wanted) {
      try {
        const official = officialClass(specifier);
        const value =
          official === undefined
            ? this.#options.resolve?.(specifier)
            : exported(requirePackage(official.package, official.name), official.name);
        if (attempt(() => typeof (value as Promise<unknown>).then === "function", false))
          throw new Error("resolve gave a promise; use dictConfig, which waits for it");
        this.#answers.set(specifier, { value });
      } catch (error) {
        this.#answers.set(specifier, { error });
      }
    }
    this.#wanted.clear();
  }

  /** What needs no fetching: what was handed in, Python's constants, the packages this one stands on. */
  #known(specifier: string, role: Role | "value"): Answer | undefined {
    const { classes = {}, packages = [] } = this.#options;
    if (Object.hasOwn(classes, specifier)) return { value: classes[specifier] };
    const constant = role === "value" ? pythonName(specifier) : undefined;
    if (constant !== undefined) return constant;
    const official = officialClass(specifier);
    const name = official?.name ?? specifier;
    for (const given of packages) if (/^\w+$/.test(name) && Object.hasOwn(given, name)) return { value: given[name] };
    const own: Partial<Record<PackageKey, PackageExports>> = { core, formatters };
    const exports = official === undefined ? undefined : own[official.package];
    return exports === undefined ? undefined : { value: exports[name] };
  }
}

const exported = (exports: PackageExports, name: string): unknown => {
  if (exports[name] !== undefined) return exports[name];
  throw new Error(`the installed version of the package has no ${name}; update it`);
};

const messageOf = (error: unknown): string => attempt(() => (error as Error).message, "") || "the name could not be resolved";

const unknownName = (specifier: string, path: string, role: Role | "value", options: ResolveOptions): ProblemAt => {
  if (Object.hasOwn(NOT_HERE, specifier)) return new ProblemAt(path, `${specifier}: ${NOT_HERE[specifier]}`);
  const own = Object.keys(options.classes ?? {});
  const known = [...own, ...(role === "value" ? pythonNames() : officialNames(role))];
  const shown = JSON.stringify(specifier.length > 100 ? `${specifier.slice(0, 100)}…` : specifier);
  return new ProblemAt(
    path,
    `expected ${role === "value" ? "a name that was handed in" : `the name of a ${role}`}, got ${shown}; ${suggestion(specifier, known)} Hand in your own: classes: { ${shown}: … }`,
  );
};
