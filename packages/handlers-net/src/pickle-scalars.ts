import type { Buffer } from "node:buffer";
import { readU32 } from "./pickle-reader.js";
import { pickleRefused } from "./pickle-refused.js";
import { asciiText, floatText, integerBytes, integerText, latin1Text, quotedText, rawUnicodeText, utf8Text } from "./pickle-text.js";

/** Longest integer, in bytes: its text in decimal costs quadratic time. */
const MAX_INTEGER_BYTES = 1_024;

/** A constant byte string, to be told from a `bytearray`, which is no key. */
export class Bytes extends Uint8Array {}

/** The number, text or bytes that an opcode's argument is. @throws LoggingError `PICKLE_REFUSED` */
export const scalar = (data: Buffer, opcode: number, start: number, end: number): unknown => {
  const short =
    end - start <= SHORT_TEXT && (opcode === BINUNICODE || opcode === SHORT_BINUNICODE) ? shortAscii(data, start, end) : undefined;
  if (short !== undefined) return short;
  const bytes = data.subarray(start, end);
  const value = scalarOf(bytes, opcode);
  if (value === undefined) throw pickleRefused(`the argument at byte ${start} is malformed`);
  return value;
};

const BINUNICODE = 0x58;
const SHORT_BINUNICODE = 0x8c;
const SHORT_TEXT = 64;

/** Most texts of a record are short ASCII, which needs no decoder; `undefined` for any other. */
const shortAscii = (data: Buffer, start: number, end: number): string | undefined => {
  for (let i = start; i < end; i++) if (data[i]! > 0x7f) return undefined;
  return data.toString("latin1", start, end);
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
