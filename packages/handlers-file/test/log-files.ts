import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

/** The text of a log file, unpacked when it is compressed. */
export const textOf = (path: string): string => {
  const bytes = readFileSync(path);
  if (path.endsWith(".gz")) return gunzipSync(bytes).toString();
  return path.endsWith(".br") ? brotliDecompressSync(bytes).toString() : bytes.toString();
};

/** The names in a folder, those that begin with a dot left out. */
export const namesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort();

/** What is beside the logs: locks, notes, unfinished archives. */
export const leftoversIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith("."));

/** All lines of all log files of a folder, in no particular order. A line that is not ended makes this fail. */
export const linesIn = (folder: string): string[] =>
  namesIn(folder).flatMap((name) => {
    const lines = textOf(join(folder, name)).split("\n");
    if (lines.pop() !== "") throw new Error(`${name} does not end with a whole line`);
    return lines;
  });

/** The lines of `app.log` and its numbered archives, the oldest first. */
export const linesInOrder = (folder: string): string[] => {
  const age = (name: string): number => Number(/^app\.log\.(\d+)/.exec(name)?.[1] ?? 0);
  return namesIn(folder)
    .sort((one, other) => age(other) - age(one))
    .flatMap((name) => textOf(join(folder, name)).split("\n").slice(0, -1));
};

/** The numbers that lines of the form `17 …` begin with. */
export const numbersOf = (lines: readonly string[]): number[] => lines.map((line) => Number.parseInt(line, 10));

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);
