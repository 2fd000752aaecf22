import { shared } from "./shared.js";
import { attempt } from "./values.js";

/** The parts of Node's `process` that core looks for; none of them need be there. */
export interface ProcessLike {
  readonly pid?: number;
  readonly stderr?: { write(text: string): unknown };
  getBuiltinModule?(name: string): unknown;
  on?(event: string, listener: (...args: never[]) => void): unknown;
  off?(event: string, listener: (...args: never[]) => void): unknown;
  listeners?(event: string): ((...args: never[]) => void)[];
  kill?(pid: number, signal: string): unknown;
}

/** Node's `process`, where there is one. Asked for at each use: tests and bundlers replace it. */
export const processLike = (): ProcessLike | undefined => (globalThis as unknown as { process?: ProcessLike }).process;

/** A module of Node's own, where the runtime has it. */
export const builtin = <T>(name: string): T | undefined => attempt(() => processLike()?.getBuiltinModule?.(name) as T);

let threadId: number | undefined;

/** Node's thread number: 0 in the main thread, also where there are no threads. */
export const currentThread = (): number => (threadId ??= builtin<{ threadId: number }>("node:worker_threads")?.threadId ?? 0);

/** The name that records of this process carry as `processName`; `MainProcess` until it is set. */
export function setProcessName(name: string): void {
  shared.processName = name;
}

/** The name that records of this thread carry as `threadName`; `MainThread`, or `Thread-n` in worker n, until it is set. */
export function setThreadName(name: string): void {
  shared.threadName = name;
}

/** Writes one text to standard error, or to the console where there is none. Never throws. */
export function writeError(text: string): void {
  attempt(() => {
    const stream = processLike()?.stderr;
    if (stream) stream.write(`${text}\n`);
    else (shared.console ?? console)["error"]!(text);
  });
}
