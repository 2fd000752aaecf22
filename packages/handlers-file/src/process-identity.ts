import { builtin, fs } from "./builtin.js";

/** Longest time a process that cannot be asked for, as it runs elsewhere, is taken to be alive after it was last heard of. */
const FOREIGN_LIFE_MS = 60_000;

/** The start time where the system does not tell. */
const UNKNOWN = "0";

const read = (path: string, how: (path: string) => string): string => {
  try {
    return how(path);
  } catch {
    return "";
  }
};

const text = (path: string): string => fs.readFileSync(path, "utf8");

let space: string | undefined;
let identity: string | undefined;

// Process numbers mean something only within one boot and one namespace of process numbers (containers have their own).
const ownSpace = (): string =>
  (space ??= hash(
    builtin("node:os").hostname() + read("/proc/sys/kernel/random/boot_id", text) + read("/proc/self/ns/pid", fs.readlinkSync),
  ));

/** Names this process among all that may share a folder: where its number counts, the number, and when it started, as numbers are used again. */
export const ownIdentity = (): string => (identity ??= `${ownSpace()}-${process.pid}-${startTime(process.pid)}`);

/**
 * Whether the process behind an identity still runs.
 * @param heardOfMs when it last gave a sign of life; decides for those that run where this process cannot look.
 */
export function isRunning(other: string, heardOfMs: number): boolean {
  if (other === ownIdentity()) return true;
  const [theirSpace, pid, start] = other.split("-");
  if (theirSpace !== ownSpace()) return Date.now() - heardOfMs < FOREIGN_LIFE_MS;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startTime(Number(pid));
  // What may not be looked at (hidepid) may be the one.
  return now === UNKNOWN || now === start;
}

/** Whether the identity tells a process from a later one with the same number. */
export const isExact = (other: string): boolean => !other.endsWith(`-${UNKNOWN}`);

/** The start time of a process as the system counts it, where it tells; otherwise always the same. */
function startTime(pid: number): string {
  const line = read(`/proc/${pid}/stat`, text);
  // The name in brackets may contain anything; the start time is the 20th field after it (proc_pid_stat(5), field 22).
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? UNKNOWN;
}

function hash(value: string): string {
  let sum = 0x811c9dc5;
  for (let index = 0; index < value.length; index++) sum = Math.imul(sum ^ value.charCodeAt(index), 0x01000193) >>> 0;
  return sum.toString(36);
}
