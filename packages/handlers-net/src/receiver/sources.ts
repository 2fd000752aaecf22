import { closeSync, constants, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { LoggingError } from "@cordwood/core";

/** How far one source of acknowledged records has come. */
export interface SourceState {
  /** Whose it is, and its name. */
  readonly key: string;
  /** Number up to which all records are handled. */
  last: number;
  /** Number up to which records were handed on; beyond `last` while `onRecord` is still at work. */
  handed: number;
  /** Number up to which it was written down that they are handled. */
  saved: number;
  /** Ends the connection that carries the source now. */
  end: (() => void) | undefined;
  /** How often the record behind `last` has failed. */
  failures: number;
}

const MOST_SOURCES = 10_000;
/** A file of states is written anew when it has grown by so much. */
const COMPACT_BYTES = 1_048_576;
const LINE = /^(\d{1,16}) ([^\n]+)$/;
const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

/** The sources a receiver has heard of, the longest silent ones forgotten first; with a file, over restarts as well. */
export class Sources {
  readonly #states = new Map<string, SourceState>();
  readonly #file: string | undefined;
  #fd = -1;
  #written = 0;

  /** @throws LoggingError `RECEIVER_STATE_FILE` when the file cannot be used */
  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined) return;
    try {
      for (const line of readLines(file)) {
        const [, last, key] = LINE.exec(line) ?? [];
        if (key !== undefined) this.#remember(key, Number(last));
      }
      this.#compact(file);
    } catch (error) {
      throw new LoggingError(
        "RECEIVER_STATE_FILE",
        `LogReceiver: stateFile ${file} cannot be used; give a file in a folder that this process may write to`,
        {
          cause: error,
        },
      );
    }
  }

  /** @param owner who speaks: a source's number is worth nothing under another address or certificate */
  state(owner: string, source: string): SourceState {
    const key = `${owner.replaceAll("\n", " ")} ${source}`;
    return this.#remember(key, this.#states.get(key)?.last ?? 0);
  }

  /** Writes down how far a source has come; before that is confirmed. @throws the file system's error */
  save(state: SourceState, last: number): void {
    if (last <= state.saved) return;
    if (this.#fd >= 0 && this.#file !== undefined) {
      this.#written += writeSync(this.#fd, `${last} ${state.key}\n`);
      if (this.#written > COMPACT_BYTES) this.#compact(this.#file);
    }
    state.saved = last;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #remember(key: string, last: number): SourceState {
    const state = this.#states.get(key) ?? { key, last, handed: last, saved: last, end: undefined, failures: 0 };
    if (last > state.last) state.last = state.handed = state.saved = last;
    this.#states.delete(key);
    this.#states.set(key, state);
    if (this.#states.size > MOST_SOURCES) this.#states.delete(this.#states.keys().next().value!);
    return state;
  }

  /** One line for each source, put in place whole. */
  #compact(file: string): void {
    this.close();
    const lines = [...this.#states.values()].map(({ key, last }) => `${last} ${key}\n`);
    writeFileSync(`${file}.new`, lines.join(""), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    this.#fd = openSync(file, APPEND, 0o600);
    this.#written = 0;
  }
}

const readLines = (file: string): string[] => {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
};
