import { attempt, checkOptions, isPlainObject, LoggingError, type OptionNames, show } from "@cordwood/core";
import { checkFlag, checkFunction, checkObject } from "./check-values.js";
import { builtinModule } from "./node-modules.js";
import { readLines, type StreamLike } from "./read-lines.js";
import { wholeNumber } from "./when-full.js";

/**
 * Where entries come from: records or lines one by one, a stream of text, or the path of a file of lines. Each source must be in time order by
 * itself.
 */
export type TimedSource<T> = Iterable<T> | AsyncIterable<T> | StreamLike | string | URL;

/** Options of {@link mergeByTime}. */
export interface MergeByTimeOptions<T> {
  /**
   * When an entry happened, in seconds since 1970; `undefined` for one that belongs to the entry before it. Default: `created` of a record;
   * `created`, `time`, `timestamp`, `@timestamp` or `ts` of a line of JSON; otherwise the first time in a line of text, `2003-07-08 16:49:45,896`
   * taken as local, ISO 8601 as it says.
   */
  readonly timeOf?: (entry: T) => number | undefined;
  /**
   * Longest wait for a source that has nothing yet while others have, in milliseconds. Then it goes on without, and what comes late is given
   * at once, out of order. Default 1 000.
   */
  readonly maxWaitMs?: number;
  /** Files are read on when their end is reached, until the signal is aborted. Default `false`. */
  readonly follow?: boolean;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
  /** Called for an entry that came too late for its place. */
  readonly onLate?: (entry: T) => void;
}

const OPTIONS: OptionNames<MergeByTimeOptions<unknown>> = { timeOf: true, maxWaitMs: true, follow: true, signal: true, onLate: true };

interface Head<T> {
  readonly entry: T;
  readonly time: number;
}

interface Source<T> {
  readonly next: () => Promise<IteratorResult<T>> | IteratorResult<T>;
  readonly end: () => void;
  head: Head<T> | undefined;
  pending: Promise<void> | undefined;
  lastTime: number;
  over: boolean;
  failure: { readonly error: unknown } | undefined;
  /** Called when what was asked for is there. */
  wake: () => void;
}

const DEFAULT_WAIT_MS = 1_000;

/**
 * Coalesces what several processes wrote, each in a file or pipe of its own, into one sequence in time order, as it comes or afterwards. Entries
 * of the same time keep the order of the sources. Lines without a time of their own, such as stacks, stay behind the line they belong to.
 * @throws LoggingError `OPTION_INVALID` for something that is no source.
 */
export function mergeByTime<T = string>(
  sources: Iterable<TimedSource<T>>,
  options: MergeByTimeOptions<T> = {},
): AsyncGenerator<T, void, void> {
  checkOptions("mergeByTime", options, OPTIONS);
  for (const key of ["timeOf", "onLate"] as const) checkFunction("mergeByTime", key, options[key]);
  checkFlag("mergeByTime", "follow", options.follow);
  checkObject("mergeByTime", "signal", options.signal);
  wholeNumber("mergeByTime", "maxWaitMs", options.maxWaitMs ?? DEFAULT_WAIT_MS, "milliseconds", 0);
  const opened = [...sources].map((source, at) => open<T>(source, at, options));
  return merge(opened, options);
}

async function* merge<T>(sources: Source<T>[], options: MergeByTimeOptions<T>): AsyncGenerator<T, void, void> {
  const timeOf = options.timeOf ?? entryTime;
  const maxWaitMs = options.maxWaitMs ?? DEFAULT_WAIT_MS;
  let given = Number.NEGATIVE_INFINITY;
  let waitingSince: number | undefined;
  try {
    while (!options.signal?.aborted) {
      for (const source of sources) advance(source, timeOf);
      for (const { failure } of sources) if (failure !== undefined) throw failure.error;
      const waiting = sources.filter((source) => source.head === undefined && !source.over);
      const first = earliest(sources);
      if (first === undefined && waiting.length === 0) return;
      if (waiting.length > 0) {
        if (first !== undefined) waitingSince ??= Date.now();
        const left = first === undefined ? undefined : maxWaitMs - (Date.now() - (waitingSince as number));
        if (left === undefined || left > 0) {
          await something(waiting, left, options.signal);
          continue;
        }
      } else waitingSince = undefined;
      const { entry, time } = (first as Source<T>).head as Head<T>;
      (first as Source<T>).head = undefined;
      if (time < given) options.onLate?.(entry);
      given = Math.max(given, time);
      yield entry;
    }
  } finally {
    for (const source of sources) source.end();
  }
}

/** Asks a source for its next entry, unless it has one or has been asked. */
function advance<T>(source: Source<T>, timeOf: (entry: T) => number | undefined): void {
  while (source.head === undefined && source.pending === undefined && !source.over) {
    const accept = (result: IteratorResult<T>): void => {
      if (result.done) source.over = true;
      else {
        // An entry without a time happened when the one before it did.
        const time = attempt(() => timeOf(result.value), undefined) ?? source.lastTime;
        source.lastTime = time;
        source.head = { entry: result.value, time };
      }
    };
    try {
      const asked = source.next();
      if (asked instanceof Promise) {
        source.pending = asked.then(accept).then(
          () => {
            source.pending = undefined;
            source.wake();
          },
          (error: unknown) => {
            source.pending = undefined;
            source.over = true;
            source.failure = { error };
            source.wake();
          },
        );
      } else accept(asked);
    } catch (error) {
      source.over = true;
      source.failure = { error };
    }
  }
}

function earliest<T>(sources: readonly Source<T>[]): Source<T> | undefined {
  let first: Source<T> | undefined;
  for (const source of sources) {
    if (source.head !== undefined && (first?.head === undefined || source.head.time < first.head.time)) first = source;
  }
  return first;
}

/**
 * Settles when one of the sources has something, when the time is over, or when the signal is aborted. No race of their promises: that of a
 * source which stays silent would remember every wait.
 */
function something<T>(waiting: readonly Source<T>[], ms: number | undefined, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      for (const source of waiting) source.wake = () => {};
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    for (const source of waiting) source.wake = done;
    if (signal?.aborted) done();
  });
}

function open<T>(source: TimedSource<T>, at: number, options: MergeByTimeOptions<T>): Source<T> {
  const state = {
    head: undefined,
    pending: undefined,
    lastTime: Number.NEGATIVE_INFINITY,
    over: false,
    failure: undefined,
    wake: () => {},
  };
  const iterable = iterate(source, at, options) as Partial<AsyncIterable<T> & Iterable<T>>;
  const iterator = iterable[Symbol.asyncIterator]?.() ?? (iterable[Symbol.iterator] as () => Iterator<T>)();
  return {
    ...state,
    next: () => iterator.next(),
    // A source that is waited for ends when it will; nobody waits for that.
    end: () => void attempt(() => Promise.resolve(iterator.return?.()).catch(() => {}), undefined),
  };
}

function iterate<T>(source: TimedSource<T>, at: number, options: MergeByTimeOptions<T>): unknown {
  if (typeof source === "string" || source instanceof URL) {
    const fs = builtinModule<typeof import("node:fs")>("node:fs");
    if (fs === undefined)
      throw new LoggingError("RUNTIME_UNSUPPORTED", "mergeByTime: this runtime has no files; give streams or iterables");
    return readLines(fs, source, options.follow ?? false, options.signal);
  }
  if (typeof source === "object" && source !== null) {
    if (typeof (source as { pipe?: unknown }).pipe === "function") return readLines(undefined, source as StreamLike, false, options.signal);
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return source;
  }
  throw new LoggingError(
    "OPTION_INVALID",
    `mergeByTime: source ${at + 1} is ${show(source)}; give an iterable, a stream, or the path of a file`,
  );
}

const JSON_TIMES = ["created", "time", "timestamp", "@timestamp", "ts"] as const;
const TEXT_TIME = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?/;
/** From here on a number is milliseconds: as seconds it would be past the year 5000. */
const MILLISECONDS_FROM = 1e11;

/** When a record or a line says that it happened. */
function entryTime(entry: unknown): number | undefined {
  if (typeof entry === "object" && entry !== null) return timeIn(entry as Record<string, unknown>);
  if (typeof entry !== "string") return undefined;
  if (entry.startsWith("{")) {
    const data: unknown = attempt(() => JSON.parse(entry), undefined);
    if (isPlainObject(data)) return timeIn(data);
  }
  // Whatever is indented continues what is above it, also when it mentions a time.
  return /^\s/.test(entry) ? undefined : textTime(entry);
}

function timeIn(data: Record<string, unknown>): number | undefined {
  for (const key of JSON_TIMES) {
    const value = data[key];
    if (typeof value === "number" && Number.isFinite(value)) return value >= MILLISECONDS_FROM ? value / 1_000 : value;
    if (typeof value === "string") return textTime(value);
  }
  return undefined;
}

function textTime(text: string): number | undefined {
  const found = TEXT_TIME.exec(text.slice(0, 1_000));
  if (found === null) return undefined;
  const [, date, time, fraction, zone] = found;
  const seconds = Date.parse(`${date}T${time}${zone ?? ""}`) / 1_000;
  return Number.isFinite(seconds) ? seconds + (fraction === undefined ? 0 : Number(`0.${fraction}`)) : undefined;
}
