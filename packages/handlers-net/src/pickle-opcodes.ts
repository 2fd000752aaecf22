/**
 * How the argument of an opcode is laid out: a number is that many bytes; the rest is a length in front of the data
 * (`"u1"` one byte, `"u4"` and `"i4"` four, `"u8"` eight, little-endian) or text up to a newline.
 */
export type ArgumentLayout = number | "u1" | "u4" | "i4" | "u8" | "line";

/**
 * Every opcode of the protocols 0 to 5 that makes plain data, with the layout of its argument.
 * What is not in this table names, builds or calls something, refers to things outside the data, or is no opcode.
 * Source: CPython's `pickletools.opcodes`.
 */
export const PLAIN_OPCODES: ReadonlyMap<number, ArgumentLayout> = new Map<number, ArgumentLayout>([
  [0x28, 0], // ( MARK
  [0x29, 0], // ) EMPTY_TUPLE
  [0x2e, 0], // . STOP
  [0x30, 0], // 0 POP
  [0x31, 0], // 1 POP_MARK
  [0x32, 0], // 2 DUP
  [0x42, "u4"], // B BINBYTES
  [0x43, "u1"], // C SHORT_BINBYTES
  [0x46, "line"], // F FLOAT
  [0x47, 8], // G BINFLOAT
  [0x49, "line"], // I INT
  [0x4a, 4], // J BININT
  [0x4b, 1], // K BININT1
  [0x4c, "line"], // L LONG
  [0x4d, 2], // M BININT2
  [0x4e, 0], // N NONE
  [0x53, "line"], // S STRING
  [0x54, "i4"], // T BINSTRING
  [0x55, "u1"], // U SHORT_BINSTRING
  [0x56, "line"], // V UNICODE
  [0x58, "u4"], // X BINUNICODE
  [0x5d, 0], // ] EMPTY_LIST
  [0x61, 0], // a APPEND
  [0x64, 0], // d DICT
  [0x65, 0], // e APPENDS
  [0x67, "line"], // g GET
  [0x68, 1], // h BINGET
  [0x6a, 4], // j LONG_BINGET
  [0x6c, 0], // l LIST
  [0x70, "line"], // p PUT
  [0x71, 1], // q BINPUT
  [0x72, 4], // r LONG_BINPUT
  [0x73, 0], // s SETITEM
  [0x74, 0], // t TUPLE
  [0x75, 0], // u SETITEMS
  [0x7d, 0], // } EMPTY_DICT
  [0x80, 1], // PROTO
  [0x85, 0], // TUPLE1
  [0x86, 0], // TUPLE2
  [0x87, 0], // TUPLE3
  [0x88, 0], // NEWTRUE
  [0x89, 0], // NEWFALSE
  [0x8a, "u1"], // LONG1
  [0x8b, "i4"], // LONG4
  [0x8c, "u1"], // SHORT_BINUNICODE
  [0x8d, "u8"], // BINUNICODE8
  [0x8e, "u8"], // BINBYTES8
  [0x8f, 0], // EMPTY_SET
  [0x90, 0], // ADDITEMS
  [0x91, 0], // FROZENSET
  [0x94, 0], // MEMOIZE
  [0x95, 8], // FRAME
  [0x96, "u8"], // BYTEARRAY8
]);

/** The opcodes that could name, build or call something, or fetch data from elsewhere; here for the sake of the message. */
export const REFUSED_OPCODES: ReadonlyMap<number, string> = new Map([
  [0x50, "PERSID"],
  [0x51, "BINPERSID"],
  [0x52, "REDUCE"],
  [0x62, "BUILD"],
  [0x63, "GLOBAL"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x92, "NEWOBJ_EX"],
  [0x93, "STACK_GLOBAL"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);
