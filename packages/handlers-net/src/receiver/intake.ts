import type { Buffer } from "node:buffer";
import { type Fields, getLogger, type LogRecord } from "@cordwood/core";
import { frameRefused } from "../frame-refused.js";
import { parseWireJson, parseWireText, SCANNED_FROM_BYTES, type WireAttributes, wireData } from "../record-json.js";
import { unpickle } from "../unpickle.js";
import { MAX_HOPS, makeOrigin, type Origin } from "./origin.js";
import { ReceivedLine } from "./received-line.js";
import { ReceivedRecord } from "./received-record.js";
import { WIRE_ATTRIBUTES } from "./wire-attributes.js";

/** Takes a received record in place of the logger of its name. A promise that rejects counts as a failure. */
export type OnRecord = (record: LogRecord) => void | Promise<void>;

/** Loggers that received names may make; loggers are never freed, so beyond them a name goes to the logger of the prefix. */
const MOST_LOGGERS = 10_000;
const LONGEST_NAME = 256;

/** Makes records of what was received and hands each on. */
export class Intake {
  readonly #prefix: string;
  readonly #onRecord: OnRecord | undefined;
  readonly #maxBytes: number;
  #alone: { readonly origin: Origin | undefined } = { origin: undefined };
  readonly #loggers = new Map<string, { handle(record: LogRecord): void }>();

  constructor(prefix: string, onRecord: OnRecord | undefined, maxBytes: number) {
    this.#prefix = prefix;
    this.#onRecord = onRecord;
    this.#maxBytes = maxBytes;
  }

  /** Whether records go to loggers and nowhere else. */
  get toLoggers(): boolean {
    return this.#onRecord === undefined;
  }

  /**
   * A payload of JSON or pickle, told apart by the first byte.
   * @throws LoggingError `FRAME_REFUSED` or `PICKLE_REFUSED`; what `onRecord` throws
   */
  payload(bytes: Buffer, start: number, end: number, origin: Origin): void | Promise<void> {
    const first = bytes[start]!;
    if (first === 0x7b && end - start <= SCANNED_FROM_BYTES) {
      const text = bytes.toString("utf8", start, end);
      const line = ReceivedLine.read(text);
      return line === undefined ? this.attributes(parseWireText(text), origin) : this.#line(line, origin);
    }
    if (first === 0x7b || first === 0x20 || (first >= 0x09 && first <= 0x0d))
      return this.attributes(parseWireJson(bytes, start, end), origin);
    const value = unpickle(bytes.subarray(start, end), { maxBytes: this.#maxBytes });
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null) throw frameRefused("it holds no dict");
    return this.attributes(value as WireAttributes, origin);
  }

  /** @throws LoggingError `FRAME_REFUSED`; what `onRecord` throws */
  attributes(wire: WireAttributes, origin: Origin): void | Promise<void> {
    const { name, levelno, args } = wire;
    if (typeof name !== "string" || typeof levelno !== "number" || !Number.isFinite(levelno))
      throw frameRefused("it has no name or levelno, so it is no record");
    if (typeof wire["msg"] === "object") (wire as Record<string, unknown>)["msg"] = wireData(wire["msg"], 1);
    if (typeof wire["error"] === "object") (wire as Record<string, unknown>)["error"] = wireData(wire["error"], 1);
    const values =
      args == null || typeof args !== "object" || (Array.isArray(args) && args.length === 0) ? undefined : (wireData(args, 1) as object);
    const msg = wire["msg"] ?? "";
    const init = { name: this.#named(name), levelno, msg, args: values, error: wire["error"] ?? undefined, fields: fieldsOf(wire, origin) };
    return this.#hand(new ReceivedRecord(init, wire["levelname"], wire["created"], wire));
  }

  #line(line: ReceivedLine, origin: Origin): void | Promise<void> {
    const { levelno, msg, args } = line;
    const fields = line.fields === undefined ? this.#originAlone(origin) : fieldsOf(line.fields, origin);
    const init = { name: this.#named(line.name), levelno, msg, args, fields };
    return this.#hand(new ReceivedRecord(init, line.levelname, line.created, line));
  }

  #hand(record: ReceivedRecord): void | Promise<void> {
    if (this.#onRecord !== undefined) return promised(this.#onRecord(record));
    this.#logger(record.name).handle(record);
  }

  /** The fields of a record that has none of its own; one object for all that follow one another with the same origin. */
  #originAlone(origin: Origin): Fields {
    if (this.#alone.origin !== origin) this.#alone = Object.freeze(Object.assign(Object.create(null) as object, { origin }));
    return this.#alone;
  }

  #named(given: string): string {
    const name = given.length > LONGEST_NAME ? given.slice(0, LONGEST_NAME) : given;
    if (this.#prefix === "") return name;
    return name === "root" || name === "" ? this.#prefix : `${this.#prefix}.${name}`;
  }

  #logger(name: string): { handle(record: LogRecord): void } {
    let logger = this.#loggers.get(name);
    if (logger === undefined) {
      logger = getLogger(this.#loggers.size < MOST_LOGGERS ? name : this.#prefix);
      if (this.#loggers.size < MOST_LOGGERS) this.#loggers.set(name, logger);
    }
    return logger;
  }
}

/** A function that is to return nothing may return anything: only a promise is waited for. */
const promised = (outcome: unknown): Promise<void> | undefined =>
  typeof (outcome as PromiseLike<void> | undefined)?.then === "function" ? Promise.resolve(outcome as PromiseLike<void>) : undefined;

/** The fields: what is no attribute, and the origin, which replaces one that the sender claims. */
const fieldsOf = (wire: WireAttributes, origin: Origin): Fields => {
  const fields = Object.create(null) as Record<string, unknown>;
  for (const key in wire) if (!WIRE_ATTRIBUTES.has(key)) fields[key] = wireData(wire[key], 1);
  const claimed = fields["origin"];
  if (claimed === undefined) {
    fields["origin"] = origin;
    return fields;
  }
  const { extra } = fields;
  fields["extra"] = Object.assign(Object.create(null) as object, typeof extra === "object" ? extra : { extra }, { origin: claimed });
  const hops = typeof claimed === "object" && claimed !== null ? (claimed as { hops?: unknown }).hops : undefined;
  const passed = typeof hops === "number" && hops > 0 ? Math.floor(hops) + 1 : 1;
  if (passed > MAX_HOPS) throw frameRefused(`it has passed ${passed - 1} receivers already; is a receiver's logger sending back to it?`);
  fields["origin"] = passed === 1 ? origin : makeOrigin(origin, passed);
  return fields;
};
