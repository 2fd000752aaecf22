import { LogRecord, type LogRecordInit } from "@cordwood/core";
import type { WireAttributes } from "../record-json.js";
import { ReceivedLine } from "./received-line.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What is `undefined` was not received. */
type ReceivedInit = Pick<LogRecordInit, "name" | "levelno" | "msg"> & {
  readonly [K in "args" | "error" | "fields"]?: LogRecordInit[K] | undefined;
};

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
  readonly wire: WireAttributes | ReceivedLine;

  static {
    for (const [key, fallback] of Object.entries(TEXTS)) onPrototype(this.prototype, key, (record) => text(wireOf(record)[key], fallback));
    for (const key of NUMBERS) onPrototype(this.prototype, key, (record) => number(wireOf(record)[key], 0));
    onPrototype(this.prototype, "filename", (record) => text(wireOf(record)["filename"], record.pathname.replace(/^.*[\\/]/, "")));
    onPrototype(this.prototype, "module", (record) => text(wireOf(record)["module"], record.filename.replace(/(.)\.[^.]*$/, "$1")));
    onPrototype(this.prototype, "msecs", (record) => millisecondsOf(record));
    onPrototype(this.prototype, "relativeCreated", (record) => number(wireOf(record)["relativeCreated"], 0));
  }

  constructor(init: ReceivedInit, levelname: unknown, created: unknown, wire: WireAttributes | ReceivedLine) {
    super(init as LogRecordInit);
    this.wire = wire;
    const record = this as Writable<LogRecord>;
    if (typeof levelname === "string") record.levelname = levelname;
    if (typeof created === "number" && Number.isFinite(created)) record.created = created;
    if (wire instanceof ReceivedLine) return; // What follows it does not have.
    const { exc_text: excText, stack_info: stackInfo, taskName } = wire;
    if (typeof excText === "string") record.excText = excText;
    if (typeof stackInfo === "string") record.stackInfo = stackInfo;
    if (typeof taskName === "string") record.taskName = taskName;
  }
}

const wireOf = ({ wire }: ReceivedRecord): WireAttributes => (wire instanceof ReceivedLine ? wire.attributes : wire);

/** Every layout with a time asks for them. */
const millisecondsOf = ({ wire, created }: ReceivedRecord): number =>
  wire instanceof ReceivedLine ? wire.msecs : number(wire["msecs"], Math.floor(created * 1000 + 0.0005) % 1000);

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
