import type { Kind } from "./kinds.js";
import { FILTERS, FORMATTERS, QUEUES } from "./official-formatters.js";
import { HANDLERS } from "./official-handlers.js";
import { PACKAGES, type PackageKey } from "./packages.js";

/** What a class can stand for in a document. */
export type Role = "handler" | "formatter" | "filter" | "queue" | "listener";

/** One key that a document may give a class, and what becomes of it. */
export interface OptionRule {
  readonly kind: Kind;
  /** Our constructor's name for it, when that differs from the key. */
  readonly as?: string;
  /** Why the key is refused although Python knows it. */
  readonly refused?: string;
}

/** How a class is named in documents and how its constructor is called. */
export interface OfficialClass {
  readonly name: string;
  readonly package: PackageKey;
  readonly role: Role;
  /** Python's dotted names for it. */
  readonly python: readonly string[];
  /** Keys in the order of Python's positional parameters, for `args=(…)` of INI files. */
  readonly order: readonly string[];
  /** Keys that our constructor takes by position; all others go into its options object. */
  readonly positional: readonly string[];
  readonly required: readonly string[];
  readonly options: Readonly<Record<string, OptionRule>>;
  /** The last steps between the options of the document and the constructor's arguments. */
  readonly finish?: (options: Record<string, unknown>) => void;
}

const ALL: readonly OfficialClass[] = [...HANDLERS, ...FORMATTERS, ...FILTERS, ...QUEUES];

/** All names of a class: ours, with and without its package; Python's, in full, bare, and as INI files have them, which leave `logging.` out. */
export const namesOf = ({ name, package: from, python }: OfficialClass): readonly string[] => [
  ...new Set([
    ...python,
    name,
    `${PACKAGES[from]}.${name}`,
    // `HTTPHandler` alone means ours, as `RotatingFileHandler` alone does.
    ...python.map((full) => full.slice(full.lastIndexOf(".") + 1)),
    ...python.filter((full) => full.startsWith("logging.")).map((full) => full.slice("logging.".length)),
  ]),
];

let byName: ReadonlyMap<string, OfficialClass> | undefined;
const classesByName = (): ReadonlyMap<string, OfficialClass> =>
  (byName ??= new Map(ALL.flatMap((official) => namesOf(official).map((name) => [name, official] as const))));

/** The official class a document means by a name: ours, Python's full name, or Python's bare name. */
export const officialClass = (name: string): OfficialClass | undefined => classesByName().get(name);

/** The official class that a class handed in is, or derives from: found by the names along its prototype chain. */
export const officialBase = (given: unknown): OfficialClass | undefined => {
  for (let at: unknown = given, steps = 0; typeof at === "function" && steps < 20; at = Object.getPrototypeOf(at), steps++) {
    // Bundlers put an underscore before the name of a class that refers to itself.
    const found = classesByName().get(at.name.replace(/^_+/, ""));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The names of the classes that can stand in a role, Python's and ours, for suggestions. */
export const officialNames = (role: Role): readonly string[] => [
  ...new Set(ALL.filter((official) => official.role === role).flatMap((official) => [official.name, ...official.python])),
];

/** All official classes of a role, for the schema. */
export const officialClasses = (role: Role): readonly OfficialClass[] => ALL.filter((official) => official.role === role);

/** Python classes without a counterpart here, and what to use. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  "logging.handlers.NTEventLogHandler": "the Windows event log is not supported; use SysLogHandler or a file",
  NTEventLogHandler: "the Windows event log is not supported; use SysLogHandler or a file",
};
