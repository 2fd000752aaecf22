import { delay } from "./soon.js";

/** A stream of text, such as the standard output of a child process. */
export interface StreamLike extends AsyncIterable<string | Uint8Array> {
  pipe(...args: never[]): unknown;
}

type Fs = typeof import("node:fs");

/** How often a file is looked at for more, in milliseconds. */
const LOOK_MS = 50;
const PIECE_BYTES = 65_536;

/** The lines of a file or stream, without their ends. With `follow`, a file is read on until the signal is aborted. */
export async function* readLines(
  fs: Fs | undefined,
  source: string | URL | StreamLike,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  const pieces = fs === undefined ? (source as StreamLike) : readFile(fs, source as string | URL, follow, signal);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    rest += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    let start = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", start)) {
      yield rest.slice(start, end).replace(/\r$/, "");
      start = end + 1;
    }
    rest = rest.slice(start);
  }
  if (rest !== "") yield rest;
}

async function* readFile(
  fs: Fs,
  path: string | URL,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const file = await fs.promises.open(path, "r");
  try {
    while (!signal?.aborted) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (follow) await delay(LOOK_MS, signal);
      else return;
    }
  } finally {
    await file.close();
  }
}
