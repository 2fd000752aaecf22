import { Buffer } from "node:buffer";
import { FRAME, OpcodeReader, readU32, STOP } from "./pickle-reader.js";
import { pickleRefused } from "./pickle-refused.js";
import { Bytes, scalar } from "./pickle-scalars.js";
import { asciiText, integerText, latin1Text } from "./pickle-text.js";

/** Each level of nesting holds two marks open at most. */
const MARKS_PER_LEVEL = 2;

type Dict = Record<string, unknown>;

/** What an opcode makes that makes no value. */
const NOTHING = Symbol("nothing");

/** The stack, the marks and the memo of one pickle. Lists and tuples are both arrays: `hashable` knows which are tuples. */
export class PickleMachine {
  readonly #data: Buffer;
  readonly #maxMarks: number;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #hashable = new Set<unknown>();
  #objects = 0;
  /** Whether a list, dict or the like stands in two places. */
  sharesObjects = false;
  /** Length of the texts that stand in a second place. */
  sharedText = 0;

  constructor(data: Uint8Array, maxDepth: number) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#maxMarks = (maxDepth + 1) * MARKS_PER_LEVEL;
  }

  /** Lists, dicts and the like that were made: nothing is nested deeper than that. */
  get objects(): number {
    return this.#objects;
  }

  run(): unknown {
    const opcodes = new OpcodeReader(this.#data);
    while (opcodes.next()) {
      const value = this.#step(opcodes.opcode, opcodes.start, opcodes.end);
      if (value === NOTHING) continue;
      if (typeof value === "object" && value !== null) this.#objects++;
      this.#stack.push(value);
    }
    if (this.#stack.length !== 1 || this.#marks.length !== 0) throw pickleRefused(`its STOP finds ${this.#stack.length} values`);
    return this.#stack[0];
  }

  /** Carries one opcode out; gives the value it makes, or `NOTHING`. */
  #step(opcode: number, start: number, end: number): unknown {
    switch (opcode) {
      case STOP:
      case FRAME:
        return NOTHING;
      case 0x80: // PROTO
        if (this.#data[start]! > 5) throw pickleRefused(`its protocol is ${this.#data[start]}`);
        return NOTHING;
      case 0x32: // DUP
        return this.#shared(this.#top());
      case 0x4e: // NONE
        return null;
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x7d: // EMPTY_DICT
        return Object.create(null);
      case 0x5d: // EMPTY_LIST
        return [];
      case 0x8f: // EMPTY_SET
        return new Set();
      case 0x29: // EMPTY_TUPLE
        return this.#frozen([]);
      case 0x85: // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return this.#frozen(this.#pop(opcode - 0x84));
      case 0x74: // TUPLE
        return this.#frozen(this.#popToMark());
      case 0x6c: // LIST
        return this.#popToMark();
      case 0x64: // DICT
        return this.#setItems(Object.create(null) as Dict, this.#popToMark());
      case 0x91: // FROZENSET
        return this.#frozen(new Set(this.#keys(this.#popToMark())));
      case 0x67: // GET, BINGET, LONG_BINGET
      case 0x68:
      case 0x6a:
        return this.#recall(this.#memoIndex(opcode === 0x67, start, end));
      default:
        return this.#change(opcode, start, end) ? NOTHING : scalar(this.#data, opcode, start, end);
    }
  }

  /** Opcodes that change the stack, the memo or a container; `false` for the others. */
  #change(opcode: number, start: number, end: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        if (this.#marks.length >= this.#maxMarks) throw pickleRefused("it is nested too deep");
        this.#marks.push(this.#stack.length);
        return true;
      case 0x30: // POP; of a mark when nothing lies above it, as in CPython
        if (this.#stack.length > this.#floor()) this.#stack.pop();
        else if (this.#marks.pop() === undefined) throw pickleRefused("POP on an empty stack");
        return true;
      case 0x31: // POP_MARK
        this.#popToMark();
        return true;
      case 0x61: // APPEND
        this.#append(this.#pop(1));
        return true;
      case 0x65: // APPENDS
        this.#append(this.#popToMark());
        return true;
      case 0x73: // SETITEM
        this.#addPairs(this.#pop(2));
        return true;
      case 0x75: // SETITEMS
        this.#addPairs(this.#popToMark());
        return true;
      case 0x90: // ADDITEMS
        this.#addItems(this.#popToMark());
        return true;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case 0x70: // PUT, BINPUT, LONG_BINPUT
      case 0x71:
      case 0x72:
        this.#memo.set(this.#memoIndex(opcode === 0x70, start, end), this.#top());
        return true;
      default:
        return false;
    }
  }

  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #top(): unknown {
    if (this.#stack.length <= this.#floor()) throw pickleRefused("it takes a value from an empty stack");
    return this.#stack.at(-1);
  }

  #pop(count: number): unknown[] {
    if (this.#stack.length - count < this.#floor()) throw pickleRefused("it takes more values than there are");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw pickleRefused("a MARK is missing");
    return this.#stack.splice(mark);
  }

  #frozen<T>(value: T): T {
    this.#hashable.add(value);
    return value;
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list) || this.#hashable.has(list)) throw pickleRefused("it appends to what is no list");
    for (const item of items) list.push(item);
  }

  #addPairs(items: readonly unknown[]): void {
    const dict = this.#top();
    if (typeof dict !== "object" || dict === null || Object.getPrototypeOf(dict) !== null)
      throw pickleRefused("it sets an item of what is no dict");
    this.#setItems(dict as Dict, items);
  }

  #setItems(dict: Dict, items: readonly unknown[]): Dict {
    if (items.length % 2 !== 0) throw pickleRefused("a dict's key has no value");
    for (let i = 0; i < items.length; i += 2) dict[keyText(this.#key(items[i]))] = items[i + 1];
    return dict;
  }

  #addItems(items: unknown[]): void {
    const set = this.#top();
    if (!(set instanceof Set) || this.#hashable.has(set)) throw pickleRefused("it adds to what is no set");
    for (const item of this.#keys(items)) set.add(item);
  }

  #keys(items: unknown[]): unknown[] {
    for (const item of items) this.#key(item);
    return items;
  }

  /** Python's own rule, and stricter: what can change is no key, nor is what holds more than numbers and text. */
  #key(value: unknown): unknown {
    if (typeof value !== "object" || value === null || value instanceof Bytes) return value;
    if (!this.#hashable.has(value)) throw pickleRefused("a dict's key or a set's member is no constant");
    if (Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null))
      throw pickleRefused("a key holds a container");
    return value;
  }

  #memoIndex(text: boolean, start: number, end: number): number {
    if (!text) return end - start === 1 ? this.#data[start]! : readU32(this.#data, start);
    const index = integerText(latin1Text(this.#data.subarray(start, end)));
    if (typeof index !== "number" || index < 0) throw pickleRefused("a memo number is malformed");
    return index;
  }

  #recall(index: number): unknown {
    if (!this.#memo.has(index)) throw pickleRefused(`its memo has no ${index}`);
    return this.#shared(this.#memo.get(index));
  }

  /** A value that now stands in two places. */
  #shared(value: unknown): unknown {
    if (typeof value === "string") this.sharedText += value.length;
    else if (typeof value === "object" && value !== null) this.sharesObjects = true;
    return value;
  }
}

const MAX_TUPLE_KEY = 1_024;

/** JSON's keys are text: `None` becomes `null` as in Python's `json.dumps`, a tuple its members. */
const keyText = (key: unknown): string => {
  if (typeof key === "string") return key;
  if (key instanceof Uint8Array) return asciiText(key) ?? latin1Text(key);
  if (typeof key !== "object" || key === null) return String(key);
  const parts = Array.isArray(key) ? key : [...(key as Set<unknown>)];
  if (parts.reduce<number>((sum, part) => sum + 2 + String(part).length, 0) > MAX_TUPLE_KEY) throw pickleRefused("a key is too long");
  return `(${parts.join(", ")})`;
};
