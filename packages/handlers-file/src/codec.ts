import type { FileHandle } from "node:fs/promises";
import type { Transform } from "node:stream";
import type * as zlib from "node:zlib";
import { LoggingError } from "@cordwood/core";
import { builtin } from "./builtin.js";
import { invalid } from "./file-options.js";
import { type FileSystem, identify } from "./file-system.js";

const CHUNK_BYTES = 65_536;

/** How rotated files are compressed; `"zstd"` where the runtime has it (Node 22.15 and later). */
export type Compress = "gzip" | "brotli" | "zstd";

interface Codec {
  readonly ending: ".gz" | ".br" | ".zst";
  readonly pack: (() => Transform) | undefined;
  readonly unpack: (() => Transform) | undefined;
}

// Zstandard is not yet in the types of the oldest Node that is supported.
const codecs = (): typeof zlib & { createZstdCompress?: () => Transform; createZstdDecompress?: () => Transform } => builtin("node:zlib");

const CODECS: Readonly<Record<Compress, Codec>> = {
  gzip: { ending: ".gz", pack: () => codecs().createGzip(), unpack: () => codecs().createGunzip() },
  // The default quality, 11, takes some fifty times as long for a few per cent.
  brotli: {
    ending: ".br",
    pack: () => codecs().createBrotliCompress({ params: { [codecs().constants.BROTLI_PARAM_QUALITY]: 5 } }),
    unpack: () => codecs().createBrotliDecompress(),
  },
  zstd: {
    ending: ".zst",
    get pack() {
      return codecs().createZstdCompress;
    },
    get unpack() {
      return codecs().createZstdDecompress;
    },
  },
};

/** @throws LoggingError `OPTION_INVALID`, `COMPRESSION_UNAVAILABLE`. */
export function codecOf(kind: Compress): { readonly ending: string; readonly pack: () => Transform } {
  if (!Object.hasOwn(CODECS, kind)) throw invalid("compress", kind, '"gzip", "brotli" or "zstd"');
  const { ending, pack } = CODECS[kind];
  if (pack !== undefined) return { ending, pack };
  throw new LoggingError(
    "COMPRESSION_UNAVAILABLE",
    `compress is "${kind}", which Node ${process.versions.node} lacks; give "gzip" or "brotli", or run Node 22.15 or later`,
  );
}

/** The compressed form that is there beside a file, and what unpacks it. */
export function packedTwin(system: FileSystem, path: string): [path: string, unpack: (() => Transform) | undefined] | undefined {
  for (const { ending, unpack } of Object.values(CODECS)) {
    if (identify(system, path + ending) !== undefined) return [path + ending, unpack];
  }
  return undefined;
}

/** The bytes of a file, piece by piece. */
export async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Whether an archive holds the same as a file. */
export async function sameContent(plain: FileHandle, archive: AsyncIterable<Buffer>, unpack: Transform): Promise<boolean> {
  let position = 0;
  let same = true;
  await builtin("node:stream/promises").pipeline(archive, unpack, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      const { buffer, bytesRead } = await plain.read(Buffer.alloc(chunk.length), 0, chunk.length, position);
      position += chunk.length;
      if (!buffer.subarray(0, bytesRead).equals(chunk)) same = false;
    }
  });
  return same && (await plain.stat()).size === position;
}
