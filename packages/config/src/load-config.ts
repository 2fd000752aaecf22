import { configure, type DictConfigOptions } from "./dict-config.js";
import { applyDirectives, environmentDirectives } from "./directives.js";
import type { LoggingConfig } from "./document.js";
import { type DocumentFile, readDocument } from "./read-document.js";

/** What {@link loadConfig} takes beside the file. */
export interface LoadConfigOptions extends DictConfigOptions {
  /** Where `${NAME:-default}` and the levels in one line are looked up. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The variable whose levels (`"info,app.db=debug"`) go over those of the file; `null`: none. Default `"CORDWOOD"`. */
  readonly levelsVariable?: string | null;
}

/**
 * Configures logging from a file: JSON (with comments), YAML, TOML or INI, by its extension. `${NAME:-default}` is filled in from the
 * environment, `extends: "base.yaml"` lays the document over another, and levels of the variable `CORDWOOD` go on top of all.
 * All or nothing, as with `dictConfig`.
 * @returns the document as it was applied.
 * @throws ConfigError with line and column, LoggingError for a file that cannot be read.
 */
export const loadConfig = async (path: string | URL, options: LoadConfigOptions = {}): Promise<LoggingConfig> => {
  const file = await readDocument(path, options);
  await applyFile(file, options);
  return file.document as unknown as LoggingConfig;
};

/** Puts a file that has been read in force, with the levels of the environment on top. */
export const applyFile = async (file: DocumentFile, options: LoadConfigOptions): Promise<void> => {
  const { environment = process.env, levelsVariable = "CORDWOOD", ...rest } = options;
  const directives = levelsVariable === null ? [] : environmentDirectives(levelsVariable, environment);
  await configure(file.document, rest, file.origin);
  applyDirectives(directives);
};
