import { ConfigError, type Problem } from "./problem.js";

/** A section of an INI file: option names are lower case, as Python's `configparser` makes them. */
export interface IniSection {
  readonly name: string;
  readonly line: number;
  /** Whether the section, or the defaults, has the option. */
  has(option: string): boolean;
  /** The option's value with `%(name)s` filled in. */
  get(option: string): string | undefined;
  /** The option's value as it stands in the file. */
  raw(option: string): string | undefined;
  /** Own option names, without the defaults. */
  options(): readonly string[];
}

/** An INI file as Python's `configparser.ConfigParser` reads it. */
export interface IniFile {
  readonly sections: ReadonlyMap<string, IniSection>;
  section(name: string): IniSection | undefined;
}

interface Option {
  lines: string[];
  readonly line: number;
}

type Table = Map<string, Option>;

const SECTION = /^\[(.+)\]/;
const OPTION = /^(.*?)\s*(?:[=:]\s*(.*))$/s;
const DEFAULTS = "DEFAULT";
/** As `configparser.MAX_INTERPOLATION_DEPTH`. */
const DEEPEST = 10;

/**
 * Reads Python's INI dialect, which the `ini` package does not: values over several lines, `%(name)s`, a `[DEFAULT]` section,
 * `:` beside `=`, option names without case, and a section or option given twice as an error.
 * @param defaults values that `%(name)s` may use, below the file's own `[DEFAULT]`.
 * @throws ConfigError with the lines.
 */
export const parseIni = (text: string, defaults: Readonly<Record<string, string>> = {}): IniFile => {
  const problems: Problem[] = [];
  // Says where, and not what stands there: it may be a password.
  const wrong = (line: number, message: string): void => {
    problems.push({ path: "", message: `line ${line}: ${message}`, line, column: 1 });
  };
  const shared: Table = new Map();
  for (const key of Object.keys(defaults)) shared.set(key.toLowerCase(), { lines: [String(defaults[key])], line: 0 });
  const tables = new Map<string, { table: Table; line: number }>();
  let current: Table | undefined;
  let open: Option | undefined;
  let indent = 0;
  const own = new Set<string>();

  text.split(/\r\n|[\n\r]/).forEach((full, index) => {
    const line = index + 1;
    const value = full.trim();
    if (value.startsWith("#") || value.startsWith(";")) return;
    if (value === "") {
      open?.lines.push("");
      return;
    }
    const depth = full.length - full.trimStart().length;
    if (open !== undefined && depth > indent) {
      open.lines.push(value);
      return;
    }
    indent = depth;
    open = undefined;
    const name = SECTION.exec(value)?.[1];
    if (name !== undefined) {
      if (tables.has(name)) wrong(line, `section [${name}] is there already, at line ${tables.get(name)?.line}`);
      current = name === DEFAULTS ? shared : new Map();
      if (name !== DEFAULTS) tables.set(name, { table: current, line });
      return;
    }
    if (current === undefined) {
      if (problems.length === 0) wrong(line, "expected a [section] first");
      return;
    }
    const option = OPTION.exec(value);
    const key = option?.[1]?.toLowerCase();
    if (option === null || key === undefined || key === "") {
      wrong(line, "expected name=value");
      return;
    }
    if (current.has(key) && (current !== shared || own.has(key)))
      wrong(line, `option ${key} is there already, at line ${current.get(key)?.line}`);
    if (current === shared) own.add(key);
    open = { lines: [option[2] ?? ""], line };
    current.set(key, open);
  });
  if (problems.length > 0) throw new ConfigError(problems);
  const sections = new Map([...tables].map(([name, { table, line }]) => [name, sectionOf(name, line, table, shared)]));
  return { sections, section: (name) => sections.get(name) };
};

const sectionOf = (name: string, line: number, table: Table, shared: Table): IniSection => {
  const find = (option: string): string | undefined => {
    const found = table.get(option.toLowerCase()) ?? shared.get(option.toLowerCase());
    return found === undefined ? undefined : found.lines.join("\n").trimEnd();
  };
  const fill = (option: string, value: string, depth: number): string => {
    const at = `option ${option} in section [${name}]`;
    if (depth > DEEPEST) throw new ConfigError([{ path: "", message: `${at}: values refer to each other more than ${DEEPEST} deep` }]);
    return value.replace(/%(?:%|\(([^)]+)\)s|)/g, (found: string, key: string | undefined) => {
      if (found === "%%") return "%";
      if (key === undefined)
        throw new ConfigError([{ path: "", message: `${at}: "%" must be followed by "%" or "(name)s"; write %% for a percent sign` }]);
      const inner = find(key);
      if (inner === undefined)
        throw new ConfigError([{ path: "", message: `${at}: %(${key})s names no option of the section, of [DEFAULT] or of the defaults` }]);
      return inner.includes("%") ? fill(option, inner, depth + 1) : inner;
    });
  };
  return {
    name,
    line,
    has: (option) => find(option) !== undefined,
    raw: find,
    get: (option) => {
      const value = find(option);
      return value === undefined ? undefined : fill(option, value, 1);
    },
    options: () => [...table.keys()],
  };
};
