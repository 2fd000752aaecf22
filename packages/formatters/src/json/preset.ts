import type { LogRecord } from "@cordwood/core";
import type { KeyAction } from "./key-memory.js";
import type { NonFinite, SerializeLimits } from "./limits.js";
import type { JsonTime } from "./record-time.js";

/**
 * One key of the output, in the order in which the keys come. `fields` stands for all structured fields of the record, `excText` for the text of
 * an error from elsewhere, `stackText` for that or the text of the record's own error.
 */
export type Slot =
  | {
      readonly kind: "time" | "level" | "name" | "message" | "process" | "error" | "stackInfo" | "excText" | "stackText";
      readonly key: string;
    }
  | { readonly kind: "fields" }
  /** An attribute of the record under its own or another key; left out when `null` or `undefined`. */
  | { readonly kind: "attribute"; readonly key: string; readonly attribute: string }
  | { readonly kind: "constant"; readonly key: string; readonly value: unknown };

/** What a preset does with one structured field. */
export interface FieldRule {
  readonly key?: string;
  /** Fields that go by the same key in the output; a record that has one of these puts this one aside. */
  readonly unless?: readonly string[];
  /** Puts the field aside when the record has an error, of which it would be a part. */
  readonly unlessError?: boolean;
  readonly action?: KeyAction;
}

/** The shape of the output that some reader expects. */
export interface Layout {
  readonly slots: readonly Slot[];
  readonly time: JsonTime;
  /** The other forms of time that its readers understand. Default: all. */
  readonly otherTimes?: readonly JsonTime[];
  readonly nonFinite: NonFinite;
  /** What stands for a level. */
  level(levelno: number, levelname: string): number | string;
  /** What stands for an error or anything else that was thrown. */
  error(error: unknown): Record<string, unknown>;
  /** What a field of this name becomes. Default: itself. */
  field?(key: string): FieldRule | undefined;
  /** What a key inside a field's value is called. Default: itself. */
  nestedKey?(key: string): string;
  /** @throws LoggingError for a key, with a value or one that is not known yet, that readers of the layout would refuse. */
  check?(key: string, value: unknown): void;
  /** Makes the whole object instead of the slots, for shapes in which the fields are not keys of the record. */
  build?(record: LogRecord, data: DataOf): Record<string, unknown>;
  /** Whether `build` passes every value through `data`, so that nothing is cut after it: a mark would break the shape. */
  readonly bounded?: boolean;
}

/** A value as plain data, every limit applied: what `JSON.parse` gives of its text. */
export type DataOf = (value: unknown) => unknown;

/** What a preset needs to know of the process, asked once. */
export interface Surroundings {
  readonly hostname: string;
  readonly projectId: string | undefined;
  readonly service: Readonly<Record<string, string>> | undefined;
  readonly limits: SerializeLimits;
}
