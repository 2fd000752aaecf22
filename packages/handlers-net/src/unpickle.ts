import { LoggingError } from "@cordwood/core";
import { type ArgumentLayout, PLAIN_OPCODES, REFUSED_OPCODES } from "./pickle-opcodes.js";
import { asciiText, floatText, integerBytes, integerText, latin1Text, quotedText, rawUnicodeText, utf8Text } from "./pickle-text.js";

export interface UnpickleOptions {
  /** Longest pickle, in bytes. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Deepest nesting of lists, tuples, dicts and sets. Default 64. */
  readonly maxDepth?: number;
}

const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 64;
/** Each level of nesting holds two marks open at most. */
const MARKS_PER_LEVEL = 2;
/** Longest integer, in bytes: its text in decimal costs quadratic time. */
const MAX_INTEGER_BYTES = 1_024;
/** A shared value may be referred to often; what it all comes to once written out stays within this multiple of the pickle. */
const MAX_EXPANSION = 4;
const FREE_EXPANSION = 262_144;

/**
 * Reads a Python pickle of protocol 0 to 5 that holds plain data: None, booleans, numbers, text, bytes, lists, tuples, dicts
 * and sets. Dicts become objects without a prototype, tuples arrays, sets `Set`s, bytes `Uint8Array`s, integers beyond
 * 2^53 bigints. The opcodes are read through once before anything is built: one that could name or call anything
 * refuses the whole, also when its result would be dropped.
 * @throws LoggingError `PICKLE_REFUSED`
 */
export const unpickle = (data: Uint8Array, options: UnpickleOptions = {}): unknown => {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const maxDepth = options.maxDepth ?? MAX_DEPTH;
  if (data.length > maxBytes) throw refused(`it has ${data.length} bytes; the limit is ${maxBytes}`);
  const check = new OpcodeReader(data);
  while (check.next());
  const value = new PickleMachine(data, maxDepth).run();
  checkSize(value, maxDepth, Math.max(FREE_EXPANSION, data.length * MAX_EXPANSION));
  return value;
};

const refused = (reason: string, cause?: unknown): LoggingError =>
  new LoggingError("PICKLE_REFUSED", `pickle refused: ${reason}; only plain data is read`, cause === undefined ? undefined : { cause });

/** Walks the opcodes one by one: which it is, and where its argument starts and ends. Refuses what the table does not hold. */
class OpcodeReader {
  readonly #data: Uint8Array;
  #at = 0;
  opcode = 0;
  start = 0;
  end = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** `false` once STOP was read, which must be the last byte. */
  next(): boolean {
    const data = this.#data;
    const at = this.#at;
    if (this.opcode === STOP && at > 0) {
      if (at !== data.length) throw refused(`${data.length - at} bytes follow its STOP`);
      return false;
    }
    const opcode = data[at];
    if (opcode === undefined) throw refused("it ends before its STOP");
    const layout = PLAIN_OPCODES.get(opcode);
    if (layout === undefined) {
      const name = REFUSED_OPCODES.get(opcode);
      throw refused(name === undefined ? `byte ${at} is no opcode` : `the opcode ${name} at byte ${at} could name or call something`);
    }
    this.opcode = opcode;
    this.#argument(at + 1, layout);
    if (opcode === FRAME && readU64(data, this.start) > data.length - this.end) throw refused(`the FRAME at byte ${at} is longer than the data`);
    this.#at = layout === "line" ? this.end + 1 : this.end;
    return true;
  }

  #argument(at: number, layout: ArgumentLayout): void {
    const data = this.#data;
    if (layout === "line") {
      this.start = at;
      this.end = data.indexOf(0x0a, at);
      if (this.end < 0) throw refused("it ends inside a line");
      return;
    }
    const prefix = typeof layout === "number" ? 0 : layout === "u1" ? 1 : layout === "u8" ? 8 : 4;
    if (at + prefix > data.length) throw refused("it ends inside a length");
    const length = typeof layout === "number" ? layout : readLength(data, at, layout);
    if (length < 0 || length > data.length - at - prefix) throw refused(`the argument at byte ${at} is longer than the data`);
    this.start = at + prefix;
    this.end = this.start + length;
  }
}

const STOP = 0x2e;
const FRAME = 0x95;

const readLength = (data: Uint8Array, at: number, layout: "u1" | "u4" | "i4" | "u8"): number => {
  if (layout === "u1") return data[at]!;
  if (layout === "u8") return readU64(data, at);
  return layout === "u4" ? readU32(data, at) : readU32(data, at) | 0;
};

const readU32 = (data: Uint8Array, at: number): number =>
  (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;

/** As a double: lengths near 2^63 come out inexact and are refused all the same. */
const readU64 = (data: Uint8Array, at: number): number => readU32(data, at) + readU32(data, at + 4) * 2 ** 32;

type Dict = Record<string, unknown>;

/** The stack, the marks and the memo of one pickle. Lists and tuples are both arrays: `hashable` knows which are tuples. */
class PickleMachine {
  readonly #data: Uint8Array;
  readonly #maxMarks: number;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #hashable = new Set<unknown>();

  constructor(data: Uint8Array, maxDepth: number) {
    this.#data = data;
    this.#maxMarks = (maxDepth + 1) * MARKS_PER_LEVEL;
  }

  run(): unknown {
    const opcodes = new OpcodeReader(this.#data);
    while (opcodes.next()) this.#step(opcodes.opcode, opcodes.start, opcodes.end);
    if (this.#stack.length !== 1 || this.#marks.length !== 0) throw refused(`its STOP finds ${this.#stack.length} values`);
    return this.#stack[0];
  }

  #step(opcode: number, start: number, end: number): void {
    const push = (value: unknown): void => void this.#stack.push(value);
    switch (opcode) {
      case STOP:
      case FRAME:
        return;
      case 0x80: // PROTO
        if (this.#data[start]! > 5) throw refused(`its protocol is ${this.#data[start]}`);
        return;
      case 0x28: // MARK
        if (this.#marks.length >= this.#maxMarks) throw refused("it is nested too deep");
        this.#marks.push(this.#stack.length);
        return;
      case 0x30: // POP; of a mark when nothing lies above it, as in CPython
        if (this.#stack.length > this.#floor()) this.#stack.pop();
        else if (this.#marks.pop() === undefined) throw refused("POP on an empty stack");
        return;
      case 0x31: // POP_MARK
        this.#popToMark();
        return;
      case 0x32: // DUP
        return push(this.#top());
      case 0x4e:
        return push(null);
      case 0x88:
        return push(true);
      case 0x89:
        return push(false);
      case 0x7d: // EMPTY_DICT
        return push(Object.create(null));
      case 0x5d: // EMPTY_LIST
        return push([]);
      case 0x8f: // EMPTY_SET
        return push(new Set());
      case 0x29: // EMPTY_TUPLE
        return push(this.#tuple([]));
      case 0x85: // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return push(this.#tuple(this.#pop(opcode - 0x84)));
      case 0x74: // TUPLE
        return push(this.#tuple(this.#popToMark()));
      case 0x6c: // LIST
        return push(this.#popToMark());
      case 0x64: // DICT
        return push(this.#setItems(Object.create(null) as Dict, this.#popToMark()));
      case 0x91: // FROZENSET
        return push(this.#frozen(new Set(this.#keys(this.#popToMark()))));
      case 0x61: // APPEND
        return this.#append(this.#pop(1));
      case 0x65: // APPENDS
        return this.#append(this.#popToMark());
      case 0x73: // SETITEM
        return this.#addPairs(this.#pop(2));
      case 0x75: // SETITEMS
        return this.#addPairs(this.#popToMark());
      case 0x90: // ADDITEMS
        return this.#addItems(this.#popToMark());
      case 0x94: // MEMOIZE
        return void this.#memo.set(this.#memo.size, this.#top());
      case 0x70: // PUT, BINPUT, LONG_BINPUT
      case 0x71:
      case 0x72:
        return void this.#memo.set(this.#memoIndex(opcode === 0x70, start, end), this.#top());
      case 0x67: // GET, BINGET, LONG_BINGET
      case 0x68:
      case 0x6a:
        return push(this.#recall(this.#memoIndex(opcode === 0x67, start, end)));
      default:
        push(scalar(this.#data, opcode, start, end));
    }
  }

  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #top(): unknown {
    if (this.#stack.length <= this.#floor()) throw refused("it takes a value from an empty stack");
    return this.#stack.at(-1);
  }

  #pop(count: number): unknown[] {
    if (this.#stack.length - count < this.#floor()) throw refused("it takes more values than there are");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw refused("a MARK is missing");
    return this.#stack.splice(mark);
  }

  #tuple(items: unknown[]): unknown[] {
    return this.#frozen(items);
  }

  #frozen<T>(value: T): T {
    this.#hashable.add(value);
    return value;
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list) || this.#hashable.has(list)) throw refused("it appends to what is no list");
    for (const item of items) list.push(item);
  }

  #addPairs(items: readonly unknown[]): void {
    const dict = this.#top();
    if (typeof dict !== "object" || dict === null || Object.getPrototypeOf(dict) !== null) throw refused("it sets an item of what is no dict");
    this.#setItems(dict as Dict, items);
  }

  #setItems(dict: Dict, items: readonly unknown[]): Dict {
    if (items.length % 2 !== 0) throw refused("a dict's key has no value");
    for (let i = 0; i < items.length; i += 2) dict[keyText(this.#key(items[i]))] = items[i + 1];
    return dict;
  }

  #addItems(items: unknown[]): void {
    const set = this.#top();
    if (!(set instanceof Set) || this.#hashable.has(set)) throw refused("it adds to what is no set");
    for (const item of this.#keys(items)) set.add(item);
  }

  #keys(items: unknown[]): unknown[] {
    for (const item of items) this.#key(item);
    return items;
  }

  /** Python's own rule, and stricter: what can change is no key, nor is what holds more than numbers and text. */
  #key(value: unknown): unknown {
    if (typeof value !== "object" || value === null || value instanceof Bytes) return value;
    if (!this.#hashable.has(value)) throw refused("a dict's key or a set's member is no constant");
    if (Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null)) throw refused("a key holds a container");
    return value;
  }

  #memoIndex(text: boolean, start: number, end: number): number {
    if (!text) return end - start === 1 ? this.#data[start]! : readU32(this.#data, start);
    const index = integerText(latin1Text(this.#data.subarray(start, end)));
    if (typeof index !== "number" || index < 0) throw refused("a memo number is malformed");
    return index;
  }

  #recall(index: number): unknown {
    if (!this.#memo.has(index)) throw refused(`its memo has no ${index}`);
    return this.#memo.get(index);
  }
}

/** A constant byte string, to be told from a `bytearray`, which is no key. */
class Bytes extends Uint8Array {}

const MAX_TUPLE_KEY = 1_024;

/** JSON's keys are text: `None` becomes `null` as in Python's `json.dumps`, a tuple its members. */
const keyText = (key: unknown): string => {
  if (typeof key === "string") return key;
  if (key instanceof Uint8Array) return asciiText(key) ?? latin1Text(key);
  if (typeof key !== "object" || key === null) return String(key);
  const parts = Array.isArray(key) ? key : [...(key as Set<unknown>)];
  if (parts.reduce<number>((sum, part) => sum + 2 + String(part).length, 0) > MAX_TUPLE_KEY) throw refused("a key is too long");
  return `(${parts.join(", ")})`;
};

const scalar = (data: Uint8Array, opcode: number, start: number, end: number): unknown => {
  const bytes = data.subarray(start, end);
  const value = scalarOf(bytes, opcode);
  if (value === undefined) throw refused(`the argument at byte ${start} is malformed`);
  return value;
};

const scalarOf = (bytes: Uint8Array, opcode: number): unknown => {
  switch (opcode) {
    case 0x4b: // BININT1
      return bytes[0];
    case 0x4d: // BININT2
      return bytes[0]! | (bytes[1]! << 8);
    case 0x4a: // BININT
      return readU32(bytes, 0) | 0;
    case 0x8a: // LONG1, LONG4
    case 0x8b:
      return bytes.length > MAX_INTEGER_BYTES ? undefined : integerBytes(bytes);
    case 0x47: // BINFLOAT
      return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
    case 0x58: // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
    case 0x8c:
    case 0x8d:
      return utf8Text(bytes);
    case 0x54: // BINSTRING, SHORT_BINSTRING
    case 0x55:
      return asciiText(bytes);
    case 0x42: // BINBYTES, SHORT_BINBYTES, BINBYTES8
    case 0x43:
    case 0x8e:
      return new Bytes(bytes);
    case 0x96: // BYTEARRAY8
      return new Uint8Array(bytes);
    default:
      return lineScalar(latin1Text(bytes), opcode);
  }
};

const lineScalar = (line: string, opcode: number): unknown => {
  switch (opcode) {
    case 0x49: // INT; 00 and 01 are the booleans
      return line === "00" || line === "01" ? line === "01" : integerText(line);
    case 0x4c: // LONG
      return integerText(line.endsWith("L") ? line.slice(0, -1) : line);
    case 0x46: // FLOAT
      return floatText(line);
    case 0x53: // STRING
      return quotedText(line);
    default: // UNICODE
      return rawUnicodeText(line);
  }
};

/** Depth, cycles, and what sharing would blow up to: none of it shows while the opcodes are carried out. */
const checkSize = (root: unknown, maxDepth: number, maxSize: number): void => {
  let size = 0;
  const visit = (value: unknown, depth: number): void => {
    size += typeof value === "string" ? 1 + value.length : 1;
    if (size > maxSize) throw refused("its shared values come to too much");
    if (typeof value !== "object" || value === null) return;
    if (value instanceof Uint8Array) {
      size += value.length;
      return;
    }
    if (depth >= maxDepth) throw refused(`it is nested deeper than ${maxDepth}`);
    if (Array.isArray(value) || value instanceof Set) for (const item of value) visit(item, depth + 1);
    else
      for (const [key, item] of Object.entries(value)) {
        size += key.length;
        visit(item, depth + 1);
      }
  };
  visit(root, 0);
};
