import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { LoggingError } from "@cordwood/core";

const SEGMENT_NAME = /^([0-9a-f]{16})\.spool$/;
const SOURCE = /^[0-9a-f-]{36}$/;
const LEDGER = /^([0-9]{20}) ([0-9a-f]{8})\n$/;

/** The folder of one spool: whose it is, who numbers its records, and how far they are confirmed. */
export class SpoolFolder {
  readonly path: string;
  readonly source: string;
  /** What the ledger said at the start; 0 when it said nothing readable. */
  readonly confirmed: number;
  #ledger: number;

  /** @throws LoggingError `SPOOL_UNUSABLE` or `SPOOL_IN_USE` */
  constructor(path: string) {
    this.path = path;
    try {
      makeFolder(path);
      lock(join(path, "lock"));
      const known = read(join(path, "source"), SOURCE)?.[0];
      const ledger = readLedger(join(path, "confirmed"));
      // Numbers that begin anew under an old name would pass for repetitions at the far side.
      const usable = known !== undefined && (ledger !== undefined || this.segments().length > 0);
      this.source = usable ? known : randomUUID();
      if (!usable) writeFileSync(join(path, "source"), this.source, { mode: 0o600 });
      this.confirmed = ledger ?? 0;
      this.#ledger = openSync(join(path, "confirmed"), constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
    } catch (error) {
      if (error instanceof LoggingError) throw error;
      throw new LoggingError("SPOOL_UNUSABLE", `the spool ${path} cannot be used; give a folder that this process may write to`, {
        cause: error,
      });
    }
  }

  /** Numbers of the segments' first records, in order. */
  segments(): number[] {
    const numbers: number[] = [];
    for (const name of readdirSync(this.path)) {
      const found = SEGMENT_NAME.exec(name);
      const first = found === null ? Number.NaN : Number.parseInt(found[1]!, 16);
      if (Number.isSafeInteger(first) && first > 0) numbers.push(first);
    }
    return numbers.sort((a, b) => a - b);
  }

  segmentPath(first: number): string {
    return join(this.path, `${first.toString(16).padStart(16, "0")}.spool`);
  }

  /** Writes down how far records are confirmed: always before a segment is removed, never after. */
  mark(confirmed: number): void {
    const number = String(confirmed).padStart(20, "0");
    // After the end the number may be another file's.
    if (this.#ledger >= 0) writeSync(this.#ledger, `${number} ${checksum(number)}\n`, 0);
  }

  close(): void {
    const ledger = this.#ledger;
    if (ledger < 0) return;
    this.#ledger = -1;
    closeSync(ledger);
    unlinkSync(join(this.path, "lock"));
  }
}

const checksum = (number: string): string => crc32(number).toString(16).padStart(8, "0");

const makeFolder = (path: string): void => {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const found = lstatSync(path);
  // In a folder that others may write to, they could put a link in place of a file.
  if (!found.isDirectory() || (process.platform !== "win32" && (found.mode & 0o022) !== 0)) {
    throw new LoggingError("SPOOL_UNUSABLE", `the spool ${path} is no folder, or others may write to it; give one of mode 0700`);
  }
};

const read = (path: string, shape: RegExp): RegExpExecArray | undefined => {
  try {
    return shape.exec(readFileSync(path, "latin1")) ?? undefined;
  } catch {
    return undefined;
  }
};

const readLedger = (path: string): number | undefined => {
  const found = read(path, LEDGER);
  const number = found?.[2] === checksum(found?.[1] ?? "") ? Number(found[1]) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
};

/** A lock that ends with its process: it names the process and when that was started. */
const lock = (path: string): void => {
  const held = read(path, /^(\d+) (\S+)$/);
  if (held !== undefined && held[2] === startOf(held[1]!)) {
    throw new LoggingError("SPOOL_IN_USE", `the spool ${path} is in use by process ${held[1]}; give each handler a folder of its own`);
  }
  writeFileSync(path, `${process.pid} ${startOf(String(process.pid)) ?? "unknown"}`, { mode: 0o600 });
};

/** When a process was started, in ticks since boot; `"running"` where that cannot be known; `undefined`: there is no such process. */
const startOf = (pid: string): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    process.kill(Number(pid), 0);
    return "running";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "running" : undefined;
  }
};
