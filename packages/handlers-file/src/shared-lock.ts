import { companion } from "./archives.js";
import { keepAtExit, removeAtExit } from "./exit-cleanup.js";
import { errorCode, type FileSystem, removeFile } from "./file-system.js";
import { isExact, isRunning, ownIdentity } from "./process-identity.js";

/** A lock without an owner's name in it belongs to a process that died between two calls, once it is this old. */
const UNNAMED_MS = 5_000;

/** Where a process cannot be told from a later one with its number, a lock this old is nobody's: moving files takes milliseconds. */
const INEXACT_MS = 60_000;

/** What the system says where there are no symbolic links, or no right to make them. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

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
  /** Locks that could not be removed when the work was done: nobody holds them, and they are removed when they are found again. */
  readonly #left = new Set<string>();

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
    if (isOwned(owner) && !(owner.identity === ownIdentity() && this.#left.has(path))) return false;
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

  /** A symbolic link to a name that does not exist: made in one call, with the owner in it, so that a crash leaves no lock without an owner. */
  #create(path: string): boolean {
    const owner = `${ownIdentity()} ${ownIdentity()}-${Date.now().toString(36)}-${takings++}`;
    try {
      this.#system.symlinkSync(owner, path);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      if (!WITHOUT_LINKS.has(errorCode(error))) throw error;
      if (!this.#createFile(path, owner)) return false;
    }
    removeAtExit(path);
    return true;
  }

  #createFile(path: string, owner: string): boolean {
    let descriptor: number;
    try {
      descriptor = this.#system.openSync(path, "wx", 0o600);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
    try {
      this.#system.writeSync(descriptor, owner);
    } catch (error) {
      this.#release(path);
      throw error;
    } finally {
      this.#system.closeSync(descriptor);
    }
    return true;
  }

  #release(path: string): void {
    try {
      removeFile(this.#system, path);
      this.#left.delete(path);
      keepAtExit(path);
    } catch {
      this.#left.add(path);
    }
  }

  #owner(path: string): Owner | undefined {
    try {
      const found = this.#system.lstatSync(path);
      const text = found.isSymbolicLink() ? this.#system.readlinkSync(path) : this.#system.readFileSync(path, "utf8");
      const [, identity, nonce] = /^(\S+) (\S+)$/.exec(text) ?? ["", "", `unnamed-${found.ino}-${Math.round(found.mtimeMs)}`];
      return { identity: identity as string, nonce: nonce as string, sinceMs: found.mtimeMs };
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}

function isOwned({ identity, sinceMs }: Owner): boolean {
  const age = Math.abs(Date.now() - sinceMs);
  if (identity === "") return age < UNNAMED_MS;
  return isRunning(identity, sinceMs) && (isExact(identity) || age < INEXACT_MS);
}
