import { companion } from "./archives.js";
import { keepAtExit, removeAtExit } from "./exit-cleanup.js";
import { errorCode, type FileSystem, identify, removeFile } from "./file-system.js";
import { isRunning, ownIdentity } from "./process-identity.js";

/** A lock without an owner's name in it belongs to a process that died between two calls, once it is this old. */
const UNNAMED_MS = 5_000;

interface Owner {
  readonly identity: string;
  /** Tells one taking of the lock from every other. */
  readonly nonce: string;
  readonly sinceMs: number;
}

let takings = 0;

/**
 * Lets one process at a time move the files of a log. It never waits: who does not get it goes on writing and tries again with the next
 * record. The lock is a file that names its owner; that of a process that is gone is taken away by exactly one of those who find it.
 */
export class SharedLock {
  readonly #path: string;
  readonly #system: FileSystem;

  constructor(base: string, system: FileSystem) {
    this.#path = companion(base, "lock");
    this.#system = system;
  }

  /** Does the work while no other process does such work; answers `false`, and does nothing, when one is at it. */
  run(work: () => void): boolean {
    if (!this.#take(this.#path)) return false;
    try {
      work();
    } finally {
      this.#release(this.#path);
    }
    return true;
  }

  #take(path: string): boolean {
    if (this.#create(path)) return true;
    const owner = this.#owner(path);
    if (owner === undefined) return this.#create(path);
    if (isOwned(owner)) return false;
    this.#takeAway(path, owner);
    return this.#create(path);
  }

  /**
   * Only who holds the lock on this one taking of the lock may remove it, and only while it is still that taking: so nobody, however long
   * it was held up after it looked, removes the lock of a living process. That second lock is of the same kind, for its owner may die too.
   */
  #takeAway(path: string, owner: Owner): void {
    const second = `${path}.${owner.nonce}`;
    if (!this.#take(second)) return;
    try {
      if (this.#owner(path)?.nonce === owner.nonce) removeFile(this.#system, path);
    } finally {
      this.#release(second);
    }
  }

  #create(path: string): boolean {
    let descriptor: number;
    try {
      descriptor = this.#system.openSync(path, "wx", 0o600);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
    removeAtExit(path);
    try {
      this.#system.writeSync(descriptor, `${ownIdentity} ${ownIdentity}-${Date.now().toString(36)}-${takings++}\n`);
    } catch (error) {
      this.#release(path);
      throw error;
    } finally {
      this.#system.closeSync(descriptor);
    }
    return true;
  }

  #release(path: string): void {
    keepAtExit(path);
    removeFile(this.#system, path);
  }

  #owner(path: string): Owner | undefined {
    const found = identify(this.#system, path);
    if (found === undefined) return undefined;
    let text: string;
    try {
      text = this.#system.readFileSync(path, "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
    const [, identity, nonce] = /^(\S+) (\S+)\n$/.exec(text) ?? ["", "", `unnamed-${found.ino}-${Math.round(found.mtimeMs)}`];
    return { identity: identity as string, nonce: nonce as string, sinceMs: found.mtimeMs };
  }
}

const isOwned = ({ identity, sinceMs }: Owner): boolean =>
  identity === "" ? Math.abs(Date.now() - sinceMs) < UNNAMED_MS : isRunning(identity, sinceMs);
