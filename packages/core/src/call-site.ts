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
const FRAME = /^\s*(?:at (?:(.*?) \()?|(?:(.*?)@))(.*?):(\d+)(?::\d+)?\)?$/;

/**
 * The text of the stack below the logging call, innermost frame first, without the error's own line.
 * @param skip frames of wrappers to leave out.
 * @param limit frames wanted.
 */
export function stackBelowCall(skip: number, limit: number): string[] {
  const limits = Error as { stackTraceLimit?: number; captureStackTrace?(target: object, boundary?: unknown): void };
  const before = limits.stackTraceLimit;
  const holder: { stack?: string } = {};
  // The boundary is the function that makes the record; above the caller stands only the method it was called by.
  const above = skip + 1;
  return attempt(() => {
    limits.stackTraceLimit = above + limit;
    if (limits.captureStackTrace) limits.captureStackTrace(holder, shared.boundary);
    limits.stackTraceLimit = before as number;
    const lines = String(holder.stack ?? "").split("\n");
    return lines.slice((FRAME.test(lines[0] ?? "") ? 0 : 1) + above);
  }, []);
}

/** The call site, read from the running stack: only right while the logging call has not returned. */
export function captureCallSite(skip: number): CallSite {
  const found = FRAME.exec(stackBelowCall(skip, 1)[0] ?? "");
  if (!found) return UNKNOWN_SITE;
  const pathname = found[3] as string;
  return {
    pathname: pathname.startsWith("file://") ? attempt(() => decodeURIComponent(new URL(pathname).pathname), pathname) : pathname,
    lineno: Number(found[4]),
    funcName: found[1] ?? found[2] ?? "<anonymous>",
  };
}
