import type { FileHandle } from "node:fs/promises";
import type { Transform } from "node:stream";
import { companion } from "./archives.js";
import { basename, builtin, dirname, join } from "./builtin.js";
import { type Compress, chunksOf, codecOf, packedTwin, sameContent } from "./codec.js";
import { errorCode, type FileSystem, identify, removeFile } from "./file-system.js";
import type { Notice } from "./notice.js";
import { isRunning, ownIdentity } from "./process-identity.js";

/** What a compressor asks of the handler it works for. */
export interface CompressionHost {
  readonly base: string;
  readonly system: FileSystem;
  readonly notice: Notice;
  /** Runs what must not happen while files are being moved; answers whether it could. */
  exclusively(work: () => void): boolean;
  /** The present path of the archive with this inode: it may have been moved up since. */
  find(inode: number): string | undefined;
  /** Whether some process may still write to the file. */
  inUse(inode: number): boolean;
}

const USE_POLL_MS = 250;
/** How often an archive is tried, and how long is waited in between. */
const MOST_ATTEMPTS = 3;
const RETRY_MS = 20;
const MOST_LOCK_ATTEMPTS = 200;

/**
 * Compresses archives one after the other, away from the logging calls. A crash leaves either the source alone or both files whole: the
 * archive is written under another name, forced to the disk, renamed, and only then the source is removed.
 */
export class Compressor {
  readonly #host: CompressionHost;
  readonly #ending: string;
  readonly #transform: () => Transform;
  readonly #waiting = new Map<number, string>();
  #running: Promise<void> | undefined;
  #finishing = false;
  #wake: (() => void) | undefined;

  constructor(kind: Compress, host: CompressionHost) {
    const { ending, pack } = codecOf(kind);
    this.#ending = ending;
    this.#transform = pack;
    this.#host = host;
  }

  /** The work that is left; nothing when there is none. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Takes uncompressed archives on; those already waiting are not taken twice. */
  add(paths: readonly string[]): void {
    for (const path of paths) {
      const found = identify(this.#host.system, path);
      if (found?.isFile()) this.#waiting.set(found.ino, path);
    }
    if (this.#waiting.size > 0) this.#running ??= this.#work();
  }

  /** Removes what processes that are gone have left unfinished. */
  clean(): void {
    const { system, base, notice } = this.#host;
    try {
      for (const { path, identity } of this.#packings()) {
        if (!isRunning(identity, identify(system, path)?.mtimeMs ?? 0)) removeFile(system, path);
      }
    } catch (error) {
      notice("compress", `leftovers of compression beside ${base} could not be removed`, error);
    }
  }

  /** Settles when everything is compressed but what other processes still write to. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.#wake?.();
    await this.#running;
  }

  async #work(): Promise<void> {
    for (const [inode] of this.#waiting) {
      await this.#attempt(inode, MOST_ATTEMPTS);
      this.#waiting.delete(inode);
    }
    this.#running = undefined;
  }

  async #attempt(inode: number, left: number): Promise<void> {
    try {
      await this.#compress(inode);
    } catch (error) {
      if (left > 1) {
        await delay(RETRY_MS);
        return this.#attempt(inode, left - 1);
      }
      const { base, notice } = this.#host;
      notice(
        "compress",
        `a rotated file of ${base} could not be compressed (${errorCode(error)}); it stays as it is until the next rollover`,
        error,
      );
    }
  }

  /** The unfinished archives beside the log, whoever makes them. */
  #packings(): { path: string; identity: string; inode: number }[] {
    const { system, base } = this.#host;
    const prefix = `.${basename(base)}.`;
    return system.readdirSync(dirname(base)).flatMap((name) => {
      const [, identity, inode] = (name.startsWith(prefix) && /^([\w-]+)\.(\d+)\.packing$/.exec(name.slice(prefix.length))) || [];
      return identity === undefined ? [] : [{ path: join(dirname(base), name), identity, inode: Number(inode) }];
    });
  }

  /** Whether another process is at the same file. */
  #isPackedElsewhere(inode: number): boolean {
    return this.#packings().some(
      (packing) =>
        packing.inode === inode &&
        packing.identity !== ownIdentity() &&
        isRunning(packing.identity, identify(this.#host.system, packing.path)?.mtimeMs ?? 0),
    );
  }

  /** Waits until nobody can write to the file any more; not for ever when the work is to be finished. */
  async #released(inode: number): Promise<boolean> {
    while (this.#host.inUse(inode)) {
      if (this.#finishing) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, USE_POLL_MS).unref();
      });
    }
    return true;
  }

  async #compress(inode: number): Promise<void> {
    const source = await this.#open(inode);
    if (source === undefined) return;
    const { system, base } = this.#host;
    const packing = companion(base, `${ownIdentity()}.${inode}.packing`);
    try {
      if (this.#isPackedElsewhere(inode) || !(await this.#released(inode))) return;
      const path = this.#host.find(inode);
      if (path === undefined) return;
      if (packedTwin(system, path) !== undefined) return await this.#settleTwins(source, path, inode);
      await this.#pack(source, packing);
      const renamed = await this.#giveName(packing, inode);
      if (renamed === undefined) return removeFile(system, packing);
      await this.#forceFolder(dirname(renamed));
      await this.#removeSource(inode);
    } catch (error) {
      removeFile(system, packing);
      throw error;
    } finally {
      await source.close();
    }
  }

  /** Opens an archive by its inode, which no other file can have while it is open. */
  async #open(inode: number): Promise<FileHandle | undefined> {
    for (;;) {
      const path = this.#host.find(inode);
      if (path === undefined) return undefined;
      try {
        const source = await this.#host.system.promises.open(path, "r");
        let isIt = false;
        try {
          isIt = (await source.stat()).ino === inode;
        } finally {
          if (!isIt) await source.close();
        }
        if (isIt) return source;
      } catch (error) {
        // Moved up in between: it has another name now.
        if (errorCode(error) !== "ENOENT") throw error;
      }
    }
  }

  /** Gives the finished archive its name beside its source, and answers it; nothing when the source is gone or was compressed before. */
  async #giveName(packing: string, inode: number): Promise<string | undefined> {
    const { system, find } = this.#host;
    let renamed: string | undefined;
    await this.#exclusively(() => {
      const path = find(inode);
      if (path === undefined || packedTwin(system, path) !== undefined) return;
      renamed = path + this.#ending;
      system.renameSync(packing, renamed);
    });
    return renamed;
  }

  /** Waits for its turn, away from the logging calls. */
  async #exclusively(work: () => void): Promise<void> {
    for (let attempt = 0; attempt < MOST_LOCK_ATTEMPTS; attempt++) {
      if (this.#host.exclusively(work)) return;
      await delay(5 + Math.random() * 20);
    }
    throw new Error("the files are being moved by another process");
  }

  /** By inode: meanwhile the file may have been moved up, or be gone. */
  #removeSource(inode: number): Promise<void> {
    return this.#exclusively(() => {
      const path = this.#host.find(inode);
      if (path !== undefined) removeFile(this.#host.system, path);
    });
  }

  async #pack(source: FileHandle, path: string): Promise<void> {
    const modified = (await source.stat()).mtimeMs / 1_000;
    removeFile(this.#host.system, path);
    const target = await this.#host.system.promises.open(path, "wx", 0o600);
    try {
      await builtin("node:stream/promises").pipeline(chunksOf(source), this.#transform(), async (packed: AsyncIterable<Buffer>) => {
        for await (const chunk of packed) await target.writeFile(chunk);
      });
      await target.utimes(modified, modified);
      await target.sync();
    } finally {
      await target.close();
    }
  }

  /** Both forms of an archive are there. Either a crash came before the source was removed, or they differ: then neither is touched. */
  async #settleTwins(source: FileHandle, path: string, inode: number): Promise<void> {
    const { system, notice } = this.#host;
    const [packed, unpack] = packedTwin(system, path) ?? [];
    if (packed === undefined || unpack === undefined) return;
    const archive = await system.promises.open(packed, "r");
    try {
      if (await sameContent(source, chunksOf(archive), unpack())) await this.#removeSource(inode);
      else notice("compress", `${path} and ${packed} are both there and differ; neither is touched`);
    } finally {
      await archive.close();
    }
  }

  async #forceFolder(folder: string): Promise<void> {
    // Windows neither needs nor allows it.
    if (process.platform === "win32") return;
    const handle = await this.#host.system.promises.open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
