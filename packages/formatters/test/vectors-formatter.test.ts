import { makeLogRecord, printf } from "@cordwood/core";
import { BufferingFormatter, Formatter, type FormatterOptions } from "@cordwood/formatters";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

type Attributes = Readonly<Record<string, unknown>>;

interface FormatterSpec {
  readonly fmt?: string | null;
  readonly datefmt?: string | null;
  readonly style?: "%" | "{" | "$";
  readonly validate?: boolean;
  readonly defaults?: Readonly<Record<string, string | number>> | null;
  readonly converter: "gmtime" | "localtime";
  readonly default_time_format?: string;
  readonly default_msec_format?: string | null;
}

interface Input {
  readonly formatter: FormatterSpec;
  readonly timeZone: string;
  readonly record?: Attributes;
  readonly records?: readonly Attributes[];
  readonly header?: string;
  readonly footer?: string;
  readonly useLineFormatter?: false;
  readonly twice?: true;
}

function construct({ formatter: spec, timeZone }: Input): Formatter {
  // Control characters are shown escaped unless switched off; the vectors are CPython's, which leaves them.
  const options: FormatterOptions = {
    style: spec.style,
    validate: spec.validate,
    defaults: spec.defaults,
    datefmt: spec.datefmt,
    timeZone: spec.converter === "gmtime" ? "utc" : timeZone,
    controlCharacters: "raw",
  };
  const formatter = new Formatter(spec.fmt, options);
  if (spec.default_time_format !== undefined) formatter.defaultTimeFormat = spec.default_time_format;
  if (spec.default_msec_format !== undefined) formatter.defaultMsecFormat = spec.default_msec_format;
  return formatter;
}

function run(formatter: Formatter, input: Input): string | readonly string[] {
  if (input.records !== undefined) {
    const buffering = new BufferingFormatter(input.useLineFormatter === false ? undefined : formatter);
    const { header, footer } = input;
    if (header !== undefined) buffering.formatHeader = (records) => printf(header, [records.length]);
    if (footer !== undefined) buffering.formatFooter = (records) => printf(footer, [records.length]);
    return buffering.format(input.records.map((attributes) => makeLogRecord(attributes)));
  }
  const record = makeLogRecord(input.record ?? {});
  const first = formatter.format(record);
  return input.twice ? [first, formatter.format(record)] : first;
}

/**
 * Whether the message and its arguments do not fit each other. CPython's `getMessage` throws then; here a record is never lost: what is left
 * over is appended and what does not fit is shown in place.
 */
function misfits({ record, records }: Input): boolean {
  return (record === undefined ? (records ?? []) : [record]).some(({ msg, args }) => {
    try {
      const given = args as readonly unknown[] | object;
      if (Array.isArray(given) && given.length === 0) return false;
      printf(String(msg), given);
      return false;
    } catch {
      return true;
    }
  });
}

describe("vectors: formatter", () => {
  for (const { id, input, expected, error, phase } of loadVectors<Input, string | readonly string[]>(
    "text",
    "formatter",
    import.meta.url,
  )) {
    test(id, () => {
      if (phase === "construct") {
        expect(() => construct(input)).toThrow();
        return;
      }
      const formatter = construct(input);
      if (error !== undefined && misfits(input)) {
        expect(run(formatter, input)).toContain(input.record?.["name"]);
      } else if (error !== undefined) expect(() => run(formatter, input)).toThrow();
      else expect(run(formatter, input)).toEqual(expected);
    });
  }
});
