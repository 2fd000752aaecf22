import { attempt, LoggingError } from "@cordwood/core";

/** The packages of Cordwood whose classes a document may name, by their short names. */
export const PACKAGES = {
  core: "@cordwood/core",
  formatters: "@cordwood/formatters",
  file: "@cordwood/handlers-file",
  net: "@cordwood/handlers-net",
  queue: "@cordwood/handlers-queue",
  filters: "@cordwood/filters",
} as const;

export type PackageKey = keyof typeof PACKAGES;

/** What a package exports. */
export type PackageExports = Readonly<Record<string, unknown>>;

/** Packages handed in: `import * as file from "@cordwood/handlers-file"`, then `packages: [file]`. */
export type GivenPackages = readonly PackageExports[];

/** Whether this is the CommonJS build; the build puts it in. */
declare const CORDWOOD_COMMONJS: boolean;

// The name is a variable, so no bundler follows it: a bundled program hands its packages in.
const load = (specifier: string): Promise<PackageExports> => import(specifier) as Promise<PackageExports>;

/** Where a package is looked for: beside this one, beside the program, in the working directory. */
const places = (): readonly string[] => {
  return [import.meta.url, process.argv[1], `${process.cwd()}/program.js`].filter(
    (place): place is string => typeof place === "string" && place !== "",
  );
};

type Require = { (name: string): unknown; resolve(name: string): string };

const requires = (): readonly Require[] => {
  const { createRequire } = process.getBuiltinModule("module");
  return places().flatMap((place) => attempt(() => [createRequire(place) as Require], []));
};

/** Whether the error says that this very package is not there, and not that something inside it failed. */
const isMissing = (error: unknown, name: string): boolean => {
  const code = attempt(() => (error as { code?: unknown }).code, undefined);
  const said = attempt(() => String((error as Error).message), "");
  return (
    (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") && said.includes(name)
  );
};

const missing = (name: string, wanted: string, cause: unknown): LoggingError =>
  new LoggingError(
    "PACKAGE_MISSING",
    `${wanted} is in ${name}, which is not installed or not in the bundle; run: npm install ${name}, or hand it in: packages: [await import("${name}")]`,
    { cause },
  );

/**
 * A package of Cordwood, loaded when it is first needed: as a module of the program's own kind, so that its classes are those that the program has.
 * @throws LoggingError `PACKAGE_MISSING` with the install command.
 */
export const importPackage = async (key: PackageKey, wanted: string): Promise<PackageExports> => {
  if (CORDWOOD_COMMONJS) return requirePackage(key, wanted);
  const name = PACKAGES[key];
  try {
    return await load(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    const { pathToFileURL } = process.getBuiltinModule("url");
    for (const require of requires()) {
      const file = attempt(() => require.resolve(name), undefined);
      if (file !== undefined) return load(pathToFileURL(file).href);
    }
    throw missing(name, wanted, error);
  }
};

/** The same at once, through Node's own `createRequire`. @throws LoggingError `PACKAGE_MISSING` */
export const requirePackage = (key: PackageKey, wanted: string): PackageExports => {
  const name = PACKAGES[key];
  let first: unknown;
  for (const require of requires()) {
    try {
      return require(name) as PackageExports;
    } catch (error) {
      if (!isMissing(error, name)) throw error;
      first ??= error;
    }
  }
  throw missing(name, wanted, first);
};
