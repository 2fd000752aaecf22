import { Filter, type FilterLike, Handler, type HandlerOptions, type LogRecord } from "@cordwood/core";

/** What a capturing handler was given. */
export interface Captured {
  readonly handler: string;
  readonly logger: string;
  readonly levelname: string;
  readonly message: string;
}

/** Puts the record it is given into a list, under its own name. */
export class CaptureHandler extends Handler {
  readonly id: string;
  readonly records: LogRecord[] = [];
  private readonly sink: Captured[];

  constructor(id: string, sink: Captured[] = [], options: HandlerOptions = {}) {
    super(options);
    this.id = id;
    this.sink = sink;
  }

  protected override emit(record: LogRecord): void {
    this.records.push(record);
    this.sink.push({ handler: this.id, logger: record.name, levelname: record.levelname, message: record.getMessage() });
  }

  get messages(): string[] {
    return this.records.map((record) => record.getMessage());
  }
}

export interface FilterSpec {
  readonly kind: "name" | "maxLevel" | "replace";
  readonly name?: string;
  readonly level?: number;
  readonly prefix?: string;
}

/** A filter as the vectors describe it. */
export const filterOf = (spec: FilterSpec): FilterLike => {
  if (spec.kind === "name") return new Filter(spec.name ?? "");
  if (spec.kind === "maxLevel") return (record) => record.levelno <= (spec.level ?? 0);
  return (record) => record.with({ message: `${spec.prefix}${record.getMessage()}` });
};
