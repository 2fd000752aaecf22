import { shared } from "./shared.js";
import { attempt } from "./values.js";

/** Where a call stands in the source. */
export interface CallSite {
  readonly pathname: string;
  readonly lineno: number;
  readonly funcName: string;
}

export const UNKNOWN_SITE: CallSite = { pathname: "(unknown file)", lineno: 0, funcName: "(unknown function)" };

// V8 writes "at fn (file:1:2)" or "at file:1:2", other engines "fn@file:1:2".
const FRAME = /^ *(?:at (?:(.*?) \()?|(.*?)@)(.*?):(\d+)(?::\d+)?\)?$/gm;

/**
 * The stack below the logging call, innermost frame first: of each frame the line, its function (two captures), file and line number.
 * @param skip frames of wrappers to leave out.
 * @param limit frames wanted.
 */
export function framesBelowCall(skip: number, limit: number): readonly RegExpMatchArray[] {
  const engine = Error as { stackTraceLimit?: number | undefined; captureStackTrace?(target: object, boundary?: unknown): void };
  const before = engine.stackTraceLimit;
  const holder = { stack: "" };
  // The boundary is the function that makes the record; between it and the call stand wrappers and the method that was called.
  engine.stackTraceLimit = skip + 1 + limit;
  attempt(() => engine.captureStackTrace?.(holder, shared.root?.call));
  engine.stackTraceLimit = before;
  return attempt(() => [...holder.stack.matchAll(FRAME)].slice(skip + 1), []);
}

/** The call site, read from the running stack: only right while the logging call has not returned. */
export function captureCallSite(skip: number): CallSite {
  const [, v8Name, name = "<anonymous>", url = "", line] = framesBelowCall(skip, 1)[0] ?? [];
  if (!line) return UNKNOWN_SITE;
  return { pathname: attempt(() => decodeURIComponent(url.replace("file://", "")), url), lineno: Number(line), funcName: v8Name ?? name };
}
