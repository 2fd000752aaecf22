import { type ArgumentLayout, PLAIN_OPCODES, REFUSED_OPCODES } from "./pickle-opcodes.js";
import { pickleRefused } from "./pickle-refused.js";

/** Walks the opcodes one by one: which it is, and where its argument starts and ends. Refuses what the table does not hold. */
export class OpcodeReader {
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
      if (at !== data.length) throw pickleRefused(`${data.length - at} bytes follow its STOP`);
      return false;
    }
    const opcode = data[at];
    if (opcode === undefined) throw pickleRefused("it ends before its STOP");
    const layout = PLAIN_OPCODES.get(opcode);
    if (layout === undefined) {
      const name = REFUSED_OPCODES.get(opcode);
      throw pickleRefused(name === undefined ? `byte ${at} is no opcode` : `the opcode ${name} at byte ${at} could name or call something`);
    }
    this.opcode = opcode;
    this.#argument(at + 1, layout);
    if (opcode === FRAME && readU64(data, this.start) > data.length - this.end)
      throw pickleRefused(`the FRAME at byte ${at} is longer than the data`);
    this.#at = layout === "line" ? this.end + 1 : this.end;
    return true;
  }

  #argument(at: number, layout: ArgumentLayout): void {
    const data = this.#data;
    if (layout === "line") {
      this.start = at;
      this.end = data.indexOf(0x0a, at);
      if (this.end < 0) throw pickleRefused("it ends inside a line");
      return;
    }
    const prefix = typeof layout === "number" ? 0 : layout === "u1" ? 1 : layout === "u8" ? 8 : 4;
    if (at + prefix > data.length) throw pickleRefused("it ends inside a length");
    const length = typeof layout === "number" ? layout : readLength(data, at, layout);
    if (length < 0 || length > data.length - at - prefix) throw pickleRefused(`the argument at byte ${at} is longer than the data`);
    this.start = at + prefix;
    this.end = this.start + length;
  }
}

export const STOP = 0x2e;
export const FRAME = 0x95;

const readLength = (data: Uint8Array, at: number, layout: "u1" | "u4" | "i4" | "u8"): number => {
  if (layout === "u1") return data[at]!;
  if (layout === "u8") return readU64(data, at);
  return layout === "u4" ? readU32(data, at) : readU32(data, at) | 0;
};

export const readU32 = (data: Uint8Array, at: number): number =>
  (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;

/** As a double: lengths near 2^63 come out inexact and are refused all the same. */
const readU64 = (data: Uint8Array, at: number): number => readU32(data, at) + readU32(data, at + 4) * 2 ** 32;
