import { headerText } from "./file-header.js";
import type { FileSettings } from "./file-options.js";
import { errorCode, identify } from "./file-system.js";
import type { Notice } from "./notice.js";
import { type OpenFile, readTail } from "./open-file.js";
import { openNamed } from "./open-named.js";
import { SharedUse } from "./shared-use.js";

/** Ends a line that could not be finished, once there is room again. */
export const CUT_MARK = " [cut short]\n";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
/** Longest time one write waits for the reader of a full pipe. */
const PIPE_WAIT_MS = 500;

/** Records may all carry one time, as those that are read from somewhere; then the clock is read once in so many. */
const MOST_UNCHECKED = 64;
/** A shared file is looked at before 1/16 of what is left of it has been written by this process. */
const SHARE_OF_REST = 16;

const NEWLINE = 10;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * The one owner of a descriptor. It writes whole texts, knows how long the file is without asking, notices when somebody has renamed or
 * removed the file, and opens it again. What it throws means that the text is not in the file.
 */
export class FileWriter {
  readonly path: string;
  /** Bytes in the file. */
  size = 0;
  /** Bytes of the header that this writer has put at the start of the file. */
  headerSize = 0;
  /** Whether the file, when it is open, is neither a pipe nor a device. */
  regular = true;
  inode = -1;
  device = -1;
  /** Counts the files that were opened. */
  generation = 0;
  /** Which processes write to the file, when it is shared. */
  readonly use: SharedUse | undefined;
  readonly #settings: FileSettings;
  readonly #notice: Notice;
  readonly #write: FileSettings["system"]["writeSync"];
  readonly #node: BufferEncoding | undefined;
  readonly #clock: () => number;
  readonly #checkMs: number;
  #descriptor = -1;
  /** Where the next text goes; `null`: to the end, wherever that is. */
  #position: number | null = null;
  /** Has to come before the next text: the line before it was not ended. */
  #prefix = "";
  #mode: "a" | "w" | "x";
  readonly #patienceMs: number;
  #timeSeen = 0;
  #writes = 0;
  #checkedAt = 0;
  #checkedSize = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #retryMs = FIRST_RETRY_MS;
  #openError: unknown;
  /** Bytes of the last text that failed which stay in the file. */
  #left = 0;
  /** A full pipe has cost its waiting time; the next text does not wait again. */
  #stalled = false;

  constructor(path: string, settings: FileSettings, notice: Notice) {
    this.path = path;
    this.#settings = settings;
    this.#notice = notice;
    this.#write = settings.system.writeSync;
    this.#node = settings.encoding.node;
    this.#clock = settings.clock;
    this.#checkMs = settings.checkIntervalMs;
    this.#patienceMs = settings.checkIntervalMs / 4;
    this.#mode = settings.mode;
    this.use = settings.shared ? new SharedUse(path, settings.system, notice) : undefined;
  }

  get isOpen(): boolean {
    return this.#descriptor >= 0;
  }

  /** @throws LoggingError `FILE_OPEN_FAILED`. */
  open(): void {
    if (this.#descriptor >= 0) return;
    this.#take(this.#openNamed());
  }

  /** Opens a file that is not open; one that could not be opened is not tried more often than the waiting time allows. */
  openInTime(): void {
    if (this.#descriptor >= 0) return;
    const now = this.#clock();
    if (now < this.#retryAt && this.#retryAt - now <= LAST_RETRY_MS) throw this.#openError;
    try {
      this.open();
    } catch (error) {
      this.#openError = error;
      this.#retryAt = now + this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      throw error;
    }
  }

  /**
   * Puts the text into the file as a whole, in one call to the system whenever that takes it whole.
   * @param time in milliseconds, of the record: it costs nothing, and only when it has moved on the clock is read.
   */
  write(text: string, time: number): void {
    this.#makeReady(time);
    const whole = this.#prefix === "" ? text : this.#prefix + text;
    let count: number;
    try {
      count = this.#write(this.#descriptor, whole, this.#position, this.#node);
    } catch (error) {
      count = this.#noneTaken(error);
    }
    // Equal means that all of it is ASCII and arrived; only otherwise the bytes have to be counted.
    if (count === whole.length && this.#node !== "utf16le") this.#advance(count);
    else this.#finish(Buffer.from(whole, this.#node), count);
    if (this.#prefix !== "") this.#prefix = "";
    if (this.#settings.fsync && this.regular) this.#settings.system.fdatasyncSync(this.#descriptor);
  }

  /** The same for the first `length` of these bytes. */
  writeLine(bytes: Uint8Array, length: number, time: number): void {
    this.#makeReady(time);
    if (this.#prefix !== "") {
      this.write(Buffer.from(bytes.buffer, bytes.byteOffset, length).toString(), time);
      return;
    }
    let count: number;
    try {
      count = this.#write(this.#descriptor, bytes, 0, length, this.#position);
    } catch (error) {
      count = this.#noneTaken(error);
    }
    if (count === length) this.#advance(count);
    else this.#finish(bytes.slice(0, length), count);
    if (this.#settings.fsync && this.regular) this.#settings.system.fdatasyncSync(this.#descriptor);
  }

  /** The file open, and looked at now and then. */
  #makeReady(time: number): void {
    if (this.#descriptor < 0) this.openInTime();
    else if (time - this.#timeSeen >= this.#patienceMs || time < this.#timeSeen || ++this.#writes === MOST_UNCHECKED) this.#readClock(time);
  }

  /** How many bytes were taken when the system refused a text: none of a pipe that is full. Else it fails. */
  #noneTaken(error: unknown): number {
    if (errorCode(error) !== "EAGAIN") throw this.#failed(error);
    return 0;
  }

  /**
   * Puts whole lines into the file, in one call to the system whenever that takes them whole.
   * @returns how many of the bytes are in the file. The rest is to be written line by line: so that as much as possible is, or to hear why not.
   * @throws what fails after all of them were written.
   */
  writeBytes(bytes: Uint8Array): number {
    try {
      if (this.#descriptor < 0) this.openInTime();
      else this.#readClock(this.#clock());
      if (this.#prefix !== "") return 0;
      let count: number;
      try {
        count = this.#write(this.#descriptor, bytes, 0, bytes.length, this.#position);
      } catch (error) {
        count = this.#noneTaken(error);
      }
      this.#left = 0;
      if (count === bytes.length) this.#advance(count);
      else this.#finish(bytes, count);
    } catch {
      const left = this.#left;
      this.#left = 0;
      return left;
    }
    if (this.#settings.fsync && this.regular) this.#settings.system.fdatasyncSync(this.#descriptor);
    return bytes.length;
  }

  /** Looks whether the name still stands for the open file and opens it again if not. */
  check(now: number = this.#clock()): void {
    this.#checkedAt = now;
    if (!this.regular || this.#descriptor < 0) return;
    let found: ReturnType<typeof identify>;
    try {
      found = identify(this.#settings.system, this.path);
    } catch (error) {
      this.#notice("check", `cannot look at ${this.path}; it is written to as before`, error);
      return;
    }
    if (found === undefined || found.ino !== this.inode || found.dev !== this.device) this.#replace();
    else if (this.#position === null) this.size = this.#checkedSize = found.size;
  }

  /** Looks at a shared file, to which others write too, often enough to know when it is about to reach a size. */
  refresh(mostBytes: number): void {
    if ((this.size - this.#checkedSize) * SHARE_OF_REST >= mostBytes - this.#checkedSize) this.check();
  }

  /** Opens the file anew under its name. The old descriptor is kept when that fails and what is written to it can still be found. */
  reopen(): void {
    if (this.#descriptor < 0) this.open();
    else {
      const opened = this.#openNamed();
      const inode = this.inode;
      this.#closeDescriptor();
      this.#take(opened);
      if (inode !== this.inode) this.use?.leave(inode);
    }
  }

  close(): void {
    this.#release();
  }

  #openNamed(): OpenFile {
    return openNamed(this.path, this.#mode, this.#settings, this.use, this.#notice);
  }

  #take(opened: OpenFile): void {
    this.generation++;
    this.#descriptor = opened.descriptor;
    this.size = this.#checkedSize = opened.size;
    this.inode = opened.inode;
    this.device = opened.device;
    this.regular = opened.regular;
    this.#position = this.#mode === "w" && opened.regular ? opened.size : null;
    this.#prefix = opened.torn ? "\n" : "";
    this.#retryMs = FIRST_RETRY_MS;
    this.#retryAt = Number.NEGATIVE_INFINITY;
    this.#checkedAt = this.#clock();
    this.headerSize = 0;
    // The file was not there when it had to be; later it may have been rotated by somebody and be there again.
    if (this.#mode === "x") this.#mode = "a";
    if (opened.regular && this.#settings.header !== undefined) this.#startWith(headerText(this.path, this.#settings, this.#notice));
  }

  /** Puts the header into an empty file. A shared one has it already, or was made by somebody else. */
  #startWith(header: string): void {
    const length = Buffer.byteLength(header, this.#node);
    if (this.use !== undefined) this.headerSize = length;
    if (this.size > 0 || length === 0 || this.use !== undefined) return;
    try {
      this.#finish(Buffer.from(header, this.#node), this.#write(this.#descriptor, header, this.#position, this.#node));
      this.headerSize = this.size;
    } catch (error) {
      this.#notice("header", `the header of ${this.path} could not be written`, error);
    }
  }

  #release(): void {
    if (this.#descriptor < 0) return;
    this.#closeDescriptor();
    this.use?.leave(this.inode);
  }

  #closeDescriptor(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    try {
      this.#settings.system.closeSync(descriptor);
    } catch (error) {
      this.#notice("close", `closing ${this.path} failed`, error);
    }
  }

  #readClock(time: number): void {
    this.#timeSeen = time;
    this.#writes = 0;
    if (this.#checkMs === Number.POSITIVE_INFINITY) return;
    const now = this.#clock();
    if (now - this.#checkedAt >= this.#checkMs || now < this.#checkedAt) this.check(now);
  }

  #replace(): void {
    try {
      this.reopen();
    } catch (error) {
      this.#notice("reopen", `${this.path} was renamed or removed and cannot be opened again; trying on`, error);
      // What is written to a file without a name is lost; a renamed one still takes it.
      if (this.#settings.system.fstatSync(this.#descriptor).nlink === 0) this.#release();
    }
    if (this.#descriptor < 0) this.openInTime();
  }

  #advance(count: number): void {
    this.size += count;
    if (this.#position !== null) this.#position += count;
    if (this.#stalled) this.#stalled = false;
  }

  /** The rest of a text of which the system took only `count` bytes. */
  #finish(bytes: Uint8Array, count: number): void {
    let written = count;
    const deadline = Date.now() + PIPE_WAIT_MS;
    for (let pause = 1; written < bytes.length; ) {
      const position = this.#position === null ? null : this.#position + written;
      try {
        written += this.#write(this.#descriptor, bytes, written, bytes.length - written, position);
      } catch (error) {
        const waiting = errorCode(error) === "EAGAIN" && !this.#stalled && Date.now() < deadline;
        if (!waiting) {
          this.#stalled = errorCode(error) === "EAGAIN";
          this.#left = this.#cutBack(bytes.subarray(0, written));
          throw this.#failed(error);
        }
        Atomics.wait(sleeper, 0, 0, pause);
        pause = Math.min(pause * 2, 50);
      }
    }
    // Another process may have written in between.
    if (count < written && count > 0)
      this.#notice("short", `the system took ${count} of ${written} bytes of a line for ${this.path}; the rest followed`);
    this.#advance(written);
  }

  /**
   * Takes the start of an unfinished text off the file again; where that cannot be done safely, its line is ended later.
   * @returns how many bytes of it stay in the file.
   */
  #cutBack(start: Uint8Array): number {
    if (start.length === 0) return 0;
    const { system } = this.#settings;
    try {
      // Where others write too, what was appended meanwhile must not be cut off.
      if (this.regular && this.use === undefined) {
        const file = system.fstatSync(this.#descriptor);
        // Another process may have appended meanwhile; then these are not the last bytes, and nothing is taken off.
        if (readTail(system, this.path, file, start.length)?.equals(start)) {
          system.ftruncateSync(this.#descriptor, file.size - start.length);
          this.size = file.size - start.length;
          return 0;
        }
        this.size = file.size;
      }
    } catch (error) {
      this.#notice("cut", `the start of an unfinished line stays in ${this.path}`, error);
    }
    if (this.#position !== null) this.#position += start.length;
    // Many lines may have been on their way, and the last of those that stay be whole.
    this.#prefix = this.#node === undefined && start.at(-1) === NEWLINE ? "" : CUT_MARK;
    return start.length;
  }

  #failed(error: unknown): unknown {
    // The descriptor is none any more: somebody else has closed it.
    if (errorCode(error) === "EBADF") this.#descriptor = -1;
    return error;
  }
}
