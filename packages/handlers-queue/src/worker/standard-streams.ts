type Fs = Pick<typeof import("node:fs"), "writeSync">;

/**
 * Makes this thread write to standard output and error itself. Node sends a worker's output through the main thread, where it is lost when the
 * process exits before the main thread's next turn.
 */
export function writeDirectly(fs: Fs): void {
  for (const [name, descriptor] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    const stream = Object.create(process[name]) as NodeJS.WriteStream;
    stream.write = (text: unknown): boolean => {
      writeAll(fs, descriptor, typeof text === "string" ? Buffer.from(text) : (text as Uint8Array));
      return true;
    };
    Object.defineProperty(process, name, { value: stream, configurable: true });
  }
}

/** Longest wait for a reader that does not read, in milliseconds. */
const PATIENCE_MS = 1_000;

function writeAll(fs: Fs, descriptor: number, bytes: Uint8Array): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + PATIENCE_MS;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || Date.now() > deadline) throw error;
      Atomics.wait(sleeper, 0, 0, 5);
    }
  }
}
