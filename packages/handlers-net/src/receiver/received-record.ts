import { type Fields, LogRecord } from "@cordwood/core";
import type { WireAttributes } from "../record-json.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const TEXTS: Readonly<Record<string, string>> = {
  pathname: "(unknown file)",
  funcName: "(unknown function)",
  threadName: "",
  processName: "",
};
const NUMBERS: readonly string[] = ["lineno", "thread", "process"];

/**
 * A record whose attributes were set elsewhere. What formatters seldom ask for is read from the received data when it is asked for:
 * making a record so costs a fraction of `makeLogRecord`.
 */
export class ReceivedRecord extends LogRecord {
  /** @internal */
  readonly wire: WireAttributes;

  static {
    for (const [key, fallback] of Object.entries(TEXTS)) onPrototype(this.prototype, key, (record) => text(record.wire[key], fallback));
    for (const key of NUMBERS) onPrototype(this.prototype, key, (record) => number(record.wire[key], 0));
    onPrototype(this.prototype, "filename", (record) => text(record.wire["filename"], record.pathname.replace(/^.*[\\/]/, "")));
    onPrototype(this.prototype, "module", (record) => text(record.wire["module"], record.filename.replace(/(.)\.[^.]*$/, "$1")));
    onPrototype(this.prototype, "msecs", (record) => number(record.wire["msecs"], Math.floor(record.created * 1000 + 0.0005) % 1000));
    onPrototype(this.prototype, "relativeCreated", (record) => number(record.wire["relativeCreated"], 0));
  }

  constructor(wire: WireAttributes, name: string, levelno: number, args: readonly unknown[] | object | undefined, fields: Fields) {
    const { msg, levelname, created, exc_text: excText, stack_info: stackInfo, taskName, error } = wire;
    super({ name, levelno, msg: msg ?? "", fields, ...(args === undefined ? {} : { args }), ...(error == null ? {} : { error }) });
    this.wire = wire;
    const record = this as Writable<LogRecord>;
    if (typeof levelname === "string") record.levelname = levelname;
    if (typeof created === "number" && Number.isFinite(created)) record.created = created;
    if (typeof excText === "string") record.excText = excText;
    if (typeof stackInfo === "string") record.stackInfo = stackInfo;
    if (typeof taskName === "string") record.taskName = taskName;
  }
}

/** An attribute that is read from the received data unless `with` has changed it. */
function onPrototype(prototype: ReceivedRecord, key: string, read: (record: ReceivedRecord) => unknown): void {
  Object.defineProperty(prototype, key, {
    configurable: true,
    get(this: ReceivedRecord) {
      return read(this);
    },
    set(this: ReceivedRecord, value: unknown) {
      Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
    },
  });
}

const text = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);

const number = (value: unknown, fallback: number): number => (typeof value === "number" && Number.isFinite(value) ? value : fallback);
