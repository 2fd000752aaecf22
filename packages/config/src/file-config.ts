import { attempt, LoggingError } from "@cordwood/core";
import { configure, type DictConfigOptions } from "./dict-config.js";
import { applyDirectives, environmentDirectives } from "./directives.js";
import { iniDocument } from "./ini-document.js";

/** What {@link fileConfig} takes beside the file. */
export interface FileConfigOptions extends DictConfigOptions {
  /** Values that `%(name)s` may use. Default none. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Whether loggers that exist and are not named are switched off. Default `true`, as in Python. */
  readonly disableExistingLoggers?: boolean;
  /** The file's encoding, as `TextDecoder` names it. Default `"utf-8"`. */
  readonly encoding?: string;
}

/** Largest file of a configuration. */
export const MOST_BYTES: number = 1024 * 1024;

/**
 * Configures logging from a file in Python's INI form, or from its text: what contains a line break or begins with `[` is the text itself.
 * All or nothing, as with `dictConfig`; levels of the environment variable `CORDWOOD` are set on top.
 * @throws LoggingError `FILE_MISSING`, `FILE_EMPTY`; ConfigError with the section and option.
 */
export const fileConfig = async (pathOrText: string | URL, options: FileConfigOptions = {}): Promise<void> => {
  const { defaults = {}, disableExistingLoggers, encoding = "utf-8", ...rest } = options;
  const directives = environmentDirectives();
  const isText = typeof pathOrText === "string" && (/[\r\n]/.test(pathOrText) || pathOrText.trimStart().startsWith("["));
  const text = isText ? pathOrText : readText(pathOrText, encoding);
  const { document, placeOf } = iniDocument(text, defaults, disableExistingLoggers);
  await configure(document, rest, { rootFirst: true, placeOf });
  applyDirectives(directives);
};

/** The text of a configuration's file. @throws LoggingError `FILE_MISSING`, `FILE_EMPTY`, `FILE_TOO_LARGE`, `FILE_UNREADABLE` */
export const readText = (path: string | URL, encoding = "utf-8"): string => {
  const fs = process.getBuiltinModule("fs");
  const size = attempt(() => fs.statSync(path).size, undefined);
  if (size === undefined) throw new LoggingError("FILE_MISSING", `${String(path)} does not exist; give the path of a configuration's file`);
  if (size === 0) throw new LoggingError("FILE_EMPTY", `${String(path)} is an empty file`);
  if (size > MOST_BYTES)
    throw new LoggingError("FILE_TOO_LARGE", `${String(path)} has ${size} bytes; a configuration has at most ${MOST_BYTES}`);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(fs.readFileSync(path));
  } catch (error) {
    throw new LoggingError(
      "FILE_UNREADABLE",
      `${String(path)} cannot be read as ${encoding}: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
};
