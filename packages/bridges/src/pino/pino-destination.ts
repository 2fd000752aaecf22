import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { Counters, getContext, type HandlerStats, reportError } from "@cordwood/core";
import { isEcho, reportEcho } from "../crossing.js";
import { deliver } from "../deliver.js";
import { length, loggerName } from "../options.js";
import { markAsPinos } from "./mark.js";
import { readPinoLine } from "./pino-line.js";

export interface PinoDestinationOptions {
  /** Logger that gets the lines; those of a pino with a `name` go to the child of that name. Default `"pino"`. */
  readonly logger?: string;
  /** Longest line, in UTF-16 units; a longer one is dropped and counted. Default 1 048 576. */
  readonly maxLineLength?: number;
}

const DEFAULTS = { logger: "pino", maxLineLength: 1_048_576 };

/** Loggers made for names found in lines: beyond that many, lines go to the destination's own logger. */
const MOST_NAMES = 1_000;

/**
 * A stream for `pino(options, stream)`, or for pino lines from anywhere: each becomes a record of the tree, with its level, time, fields and
 * error. It works during pino's call, so the fields of `withContext` are there.
 */
export class PinoDestination extends Writable {
  readonly #logger: string;
  readonly #maxLineLength: number;
  readonly #counters = new Counters();
  readonly #decoder = new StringDecoder("utf8");
  readonly #names = new Map<string, string>();
  readonly #atEnd: (() => Promise<void>) | undefined;
  #rest = "";
  #skipping = false;
  // Behind a pipe a line is read in whatever context set the pipe going: none is better than a wrong one.
  #piped = false;

  /** @param atEnd runs when the last line was taken, before the stream finishes. @internal */
  constructor(options: PinoDestinationOptions = {}, atEnd?: () => Promise<void>) {
    super({ decodeStrings: false });
    this.#logger = loggerName("pinoDestination", options.logger, DEFAULTS.logger);
    this.#maxLineLength = length("pinoDestination", "maxLineLength", options.maxLineLength, DEFAULTS.maxLineLength);
    this.#atEnd = atEnd;
    this.on("pipe", () => {
      this.#piped = true;
    });
  }

  /** What became of the lines; one that its logger's level refused is not accepted. */
  stats(): HandlerStats {
    return this.#counters.snapshot();
  }

  override write(chunk: unknown, ...rest: readonly unknown[]): boolean {
    // Asked here: a line that comes while another is being taken waits in the stream until nobody can tell any more.
    if (isEcho("pino")) {
      this.#echo();
      const done = rest.at(-1);
      if (typeof done === "function") queueMicrotask(() => done());
      return true;
    }
    return super.write(chunk, ...(rest as []));
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const text = this.#rest + (typeof chunk === "string" ? chunk : this.#decoder.write(chunk as Buffer));
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > this.#maxLineLength) {
      if (!this.#skipping) this.#tooLong();
      this.#skipping = true;
      this.#rest = "";
    }
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#line(this.#rest + this.#decoder.end());
    this.#rest = "";
    if (this.#atEnd === undefined) done();
    else this.#atEnd().then(() => done(), done);
  }

  #line(text: string): void {
    if (this.#skipping) {
      // The end of a line whose beginning was too long already.
      this.#skipping = false;
      return;
    }
    if (text.trim() === "") return;
    if (text.length > this.#maxLineLength) {
      this.#tooLong();
      return;
    }
    const line = readPinoLine(text);
    const { name, crossed, ...foreign } = line;
    if (crossed) {
      this.#echo();
      return;
    }
    const context = this.#piped ? undefined : getContext();
    if (!deliver(this.#nameFor(name), { ...foreign, context }, markAsPinos)) return;
    this.#counters.accepted++;
    this.#counters.delivered++;
  }

  #echo(): void {
    this.#counters.accepted++;
    this.#counters.drop("loop");
    reportEcho("pino");
  }

  #nameFor(name: string): string {
    if (name === "") return this.#logger;
    let full = this.#names.get(name);
    if (full === undefined) {
      if (this.#names.size >= MOST_NAMES) return this.#logger;
      full = `${this.#logger}.${name}`;
      this.#names.set(name, full);
    }
    return full;
  }

  #tooLong(): void {
    this.#counters.accepted++;
    this.#counters.drop("too-long");
    reportError({
      cause: "a line for pinoDestination is too long",
      message: `pinoDestination: a line is longer than ${this.#maxLineLength} characters and was dropped; see maxLineLength`,
      lost: 1,
    });
  }
}

/** The stream for `pino(options, pinoDestination())`. @throws LoggingError `OPTION_INVALID` for a logger that is no name, a length that is none. */
export const pinoDestination = (options: PinoDestinationOptions = {}): PinoDestination => new PinoDestination(options);
