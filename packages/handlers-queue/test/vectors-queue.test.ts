import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { LogQueue, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { loadVectors } from "@cordwood/test-kit";
import { beforeEach, describe, expect, test } from "vitest";
import { type FilterSpec, filterOf } from "./support/capture.js";
import { LinesHandler } from "./support/lines.js";

interface FormatterSpec {
  fmt?: string | null;
  datefmt?: string | null;
  style?: "%" | "{" | "$";
  validate?: boolean;
  defaults?: Record<string, string | number> | null;
  default_time_format?: string;
  default_msec_format?: string | null;
}

type Attributes = Record<string, unknown>;

type Input =
  | { kind: "prepare"; formatter: FormatterSpec | null; record: Attributes }
  | {
      kind: "listener";
      formatter?: FormatterSpec | null;
      respectHandlerLevel: boolean;
      startFirst?: boolean;
      handlers: { id: string; level: number; formatter?: FormatterSpec; filter?: FilterSpec }[];
      records: Attributes[];
    };

interface Expected {
  prepared?: Attributes;
  original?: Attributes;
  sameObject?: boolean;
  outputs?: { handler: string; logger: string; levelname: string; text: string }[];
}

const formatterOf = (spec: FormatterSpec | null | undefined): Formatter | undefined => {
  if (spec === null || spec === undefined) return undefined;
  const { fmt, datefmt, style, validate, defaults, default_time_format, default_msec_format } = spec;
  const formatter = new Formatter(fmt ?? undefined, {
    timeZone: "utc",
    controlCharacters: "raw",
    ...(datefmt == null ? {} : { datefmt }),
    ...(style === undefined ? {} : { style }),
    ...(validate === undefined ? {} : { validate }),
    ...(defaults == null ? {} : { defaults }),
  });
  if (default_time_format !== undefined) formatter.defaultTimeFormat = default_time_format;
  if (default_msec_format !== undefined) formatter.defaultMsecFormat = default_msec_format;
  return formatter;
};

const carriesText = (attributes: Attributes): boolean => Boolean(attributes["exc_text"]) || Boolean(attributes["stack_info"]);

const plain = (record: LogRecord, wanted: Attributes): Attributes => {
  const found: Attributes = {};
  const named: Attributes = { exc_info: null, exc_text: record.excText, stack_info: record.stackInfo };
  for (const key of Object.keys(wanted)) {
    const value = key in named ? named[key] : key in record ? record[key as keyof LogRecord] : record.extra[key];
    found[key] = key === "args" && Array.isArray(value) && value.length === 0 ? wanted[key] && [] : value;
  }
  return found;
};

describe("vectors: queue", () => {
  beforeEach(() => resetLogging());

  for (const { id, input, expected, error } of loadVectors<Input, Expected>("text", "queue", import.meta.url)) {
    if (error !== undefined) {
      // On purpose: a record whose arguments do not fit is prepared, the misfit shown in its place and reported. Python throws here, and the
      // record is lost.
      test(id, () => {
        const reports: string[] = [];
        setErrorReporter((report) => reports.push(report.cause));
        const { record, formatter } = input as Extract<Input, { kind: "prepare" }>;
        const made = formatterOf(formatter);
        const prepared = new QueueHandler(new LogQueue(), made === undefined ? {} : { formatter: made }).prepare(makeLogRecord(record));
        expect(prepared.message).toContain("%!");
        expect(reports).toEqual(["format"]);
      });
      continue;
    }
    const wanted = expected as Expected;
    const formatter = formatterOf(input.formatter);
    const options = formatter === undefined ? {} : { formatter };

    if (input.kind === "prepare") {
      test(id, () => {
        const record = makeLogRecord(input.record);
        const prepared = new QueueHandler(new LogQueue(), options).prepare(record);
        // On purpose: without a formatter a prepared record keeps traceback and stack as data, so that the far side can format them in its
        // own way. Python's puts them into the message, and nobody can take them out again. With a formatter the two agree.
        const keeps = formatter === undefined && carriesText(input.record);
        const message = record.message;
        const texts = { exc_text: input.record["exc_text"] || null, stack_info: input.record["stack_info"] || null };
        expect(plain(prepared, wanted.prepared as Attributes)).toEqual({
          ...wanted.prepared,
          ...(keeps ? { msg: message, message, ...texts } : {}),
        });
        expect(plain(record, wanted.original as Attributes)).toEqual(wanted.original);
        expect(prepared === record).toBe(wanted.sameObject);
      });
      continue;
    }

    test(id, async () => {
      const sink: NonNullable<Expected["outputs"]> = [];
      const queue = new LogQueue();
      const handlers = input.handlers.map((spec) => {
        const own = formatterOf(spec.formatter) ?? new Formatter(undefined, { controlCharacters: "raw" });
        return new LinesHandler(spec.id, sink, { level: spec.level, formatter: own, filters: spec.filter ? [filterOf(spec.filter)] : [] });
      });
      const handler = new QueueHandler(queue, options);
      const listener = new QueueListener(queue, handlers, { respectHandlerLevel: input.respectHandlerLevel });
      if (input.startFirst === true) listener.start();
      for (const attributes of input.records) handler.handle(makeLogRecord(attributes));
      if (input.startFirst !== true) listener.start();
      await listener.stop();
      // On purpose, as above: traceback and stack come after the line that the handler's own format makes, where Python's come inside it, as
      // part of the message. The answer is then that of a handler without a queue in between.
      const direct = formatter === undefined && input.records.some(carriesText);
      if (direct) {
        const without: typeof sink = [];
        for (const attributes of input.records) {
          for (const [at, spec] of input.handlers.entries()) {
            if (input.respectHandlerLevel && (attributes["levelno"] as number) < spec.level) continue;
            const own = (handlers[at] as LinesHandler).formatter;
            const filters = spec.filter ? [filterOf(spec.filter)] : [];
            new LinesHandler(spec.id, without, { ...(own ? { formatter: own } : {}), filters }).handle(makeLogRecord(attributes));
          }
        }
        expect(sink).toEqual(without);
        expect(sink.map(({ text: _, ...rest }) => rest)).toEqual(wanted.outputs?.map(({ text: _, ...rest }) => rest));
      } else expect(sink).toEqual(wanted.outputs);
    });
  }
});
