import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Handler, type LogRecord, makeLogRecord } from "@cordwood/core";

export interface NamerData {
  readonly type: "append" | "prefix" | "extensionLast";
  readonly text?: string;
}

/** The namers that the vectors describe as data. */
export const namerOf = (data: NamerData | null | undefined): { namer?: (name: string) => string } => {
  if (!data) return {};
  return {
    namer: (name) => {
      if (data.type === "append") return name + data.text;
      if (data.type === "prefix") return join(dirname(name), data.text + basename(name));
      return join(dirname(name), `${basename(name).replace(".log", "")}.log`);
    },
  };
};

/** The message as it is: the default text shows control characters, which CPython leaves alone. */
export const raw = { format: (record: LogRecord): string => record.getMessage() };

/** Empties a folder and puts the files of a case into it. */
export const fill = (folder: string, files: Readonly<Record<string, string>>): void => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
};

/** Everything in a folder, by name. */
export const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

/** Gives a handler one record. A failure, which the handler contains, is thrown here, as the vectors record it. */
export const log = (handler: Handler, message: string): void => {
  const before = handler.stats();
  handler.handle(makeLogRecord({ msg: message }));
  const after = handler.stats();
  if (Object.keys(after.failed).length > Object.keys(before.failed).length) throw new Error("the record failed");
};
