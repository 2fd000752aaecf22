import { companion } from "./archives.js";
import { basename, builtin, dirname, join } from "./builtin.js";
import { keepAtExit, removeAtExit } from "./exit-cleanup.js";
import { errorCode, type FileSystem, identify, removeFile } from "./file-system.js";
import type { Notice } from "./notice.js";
import { isRunning, ownIdentity } from "./process-identity.js";

let users = 0;

/**
 * Which processes have which file of a log open. Who opens the file leaves a note with its inode, looks whether the name still stands for
 * that inode, and only then writes. So a file that was moved away and that no living process has a note on is written to by nobody.
 */
export class SharedUse {
  readonly #base: string;
  readonly #system: FileSystem;
  readonly #notice: Notice;
  readonly #user = `${ownIdentity()}-${builtin("node:worker_threads").threadId}-${users++}`;

  constructor(base: string, system: FileSystem, notice: Notice) {
    this.#base = base;
    this.#system = system;
    this.#notice = notice;
  }

  enter(inode: number): void {
    const note = this.#note(inode);
    try {
      this.#system.closeSync(this.#system.openSync(note, "wx", 0o600));
      removeAtExit(note);
    } catch (error) {
      if (errorCode(error) === "EEXIST") return;
      this.#notice("note", `no note can be left beside ${this.#base}; other processes may compress what this one still writes to`, error);
    }
  }

  leave(inode: number): void {
    const note = this.#note(inode);
    keepAtExit(note);
    try {
      removeFile(this.#system, note);
    } catch (error) {
      this.#notice("note", `a note beside ${this.#base} could not be removed`, error);
    }
  }

  /** The inodes of this log that some living process may write to. Notes of dead ones are removed. */
  inUse(): ReadonlySet<number> {
    const prefix = `.${basename(this.#base)}.`;
    const inodes = new Set<number>();
    for (const name of this.#system.readdirSync(dirname(this.#base))) {
      const [, user, inode] = (name.startsWith(prefix) && /^(\w+-\d+-\d+)-\d+-\d+\.(\d+)\.open$/.exec(name.slice(prefix.length))) || [];
      if (user === undefined) continue;
      const path = join(dirname(this.#base), name);
      if (isRunning(user, identify(this.#system, path)?.mtimeMs ?? 0)) inodes.add(Number(inode));
      else removeFile(this.#system, path);
    }
    return inodes;
  }

  #note(inode: number): string {
    return companion(this.#base, `${this.#user}.${inode}.open`);
  }
}
