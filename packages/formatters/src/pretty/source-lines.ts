import { attempt } from "@cordwood/core";
import { builtin, processLike } from "../surroundings.js";

interface FileSystem {
  statSync(path: string): { readonly size: number; isFile(): boolean };
  readFileSync(path: string, encoding: "utf8"): string;
}

const LARGEST_BYTES = 1_048_576;
const MOST_FILES = 50;
/** Nothing but program text is ever shown, whatever a stack says. */
const SOURCE = /\.[cm]?[jt]sx?$/;

const files = new Map<string, readonly string[] | undefined>();

/** A few lines around a line of one of the program's own source files; empty when there is no such file, or none may be read. */
export function sourceLines(path: string, line: number, around: number): readonly { readonly number: number; readonly text: string }[] {
  const lines = around > 0 ? linesOf(path) : undefined;
  if (lines === undefined || lines[line - 1] === undefined) return [];
  const first = Math.max(1, line - around);
  const shown = lines.slice(first - 1, line + around).map((text, i) => ({ number: first + i, text: text.slice(0, 200) }));
  // Blank lines at the ends say nothing.
  while (shown.at(-1)?.text.trim() === "") shown.pop();
  while (shown[0]?.text.trim() === "") shown.shift();
  return shown;
}

/** The folder that the program runs in, with a slash at its end. */
export const workingFolder = (): string => attempt(() => `${processLike()?.cwd?.() ?? ""}/`, "/").replace(/\/+$/, "/");

function linesOf(path: string): readonly string[] | undefined {
  if (files.has(path)) return files.get(path);
  if (files.size >= MOST_FILES) files.clear();
  const system = builtin<FileSystem>("node:fs");
  const lines = attempt(() => {
    if (system === undefined || !SOURCE.test(path) || !path.startsWith(workingFolder()) || path.includes("/../")) return undefined;
    const found = system.statSync(path);
    return found.isFile() && found.size <= LARGEST_BYTES ? system.readFileSync(path, "utf8").split(/\r?\n/) : undefined;
  }, undefined);
  files.set(path, lines);
  return lines;
}
