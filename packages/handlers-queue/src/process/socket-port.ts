import type { Socket } from "node:net";
import { attempt } from "@cordwood/core";

type Fs = Pick<typeof import("node:fs"), "readSync" | "writeSync">;

const RETRY_MS = 1;
const PIECE_BYTES = 65_536;

/**
 * Writes to a connected local socket. Where the system lets one (POSIX), it writes through the descriptor itself, so that a process can also
 * send, and hear, while its event loop does not turn: when it waits for room, and when it exits.
 */
export class SocketPort {
  private readonly socket: Socket;
  private readonly fs: Fs;
  private readonly descriptor: number | undefined;
  private readonly onPiece: (piece: Buffer) => void;
  private unsent: Buffer[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: Socket, fs: Fs, onPiece: (piece: Buffer) => void) {
    this.socket = socket;
    this.fs = fs;
    this.onPiece = onPiece;
    const { fd } = (socket as Socket & { _handle?: { fd?: number } })._handle ?? {};
    this.descriptor = typeof fd === "number" && fd >= 0 ? fd : undefined;
    socket.on("data", onPiece);
  }

  /** Whether it can send and hear without the event loop. */
  get isDirect(): boolean {
    return this.descriptor !== undefined;
  }

  /** Bytes-to-be that the system has not taken yet are few: there is room for more. */
  get hasRoom(): boolean {
    return this.descriptor === undefined ? this.socket.writableLength < LARGEST_BACKLOG : this.unsent.length < 8;
  }

  send(bytes: Buffer): void {
    if (this.descriptor === undefined) this.socket.write(bytes);
    else {
      this.unsent.push(bytes);
      this.push();
    }
  }

  /** Sends what the system takes now and reads what is there, without the event loop. Returns whether anything was read. */
  pump(): boolean {
    if (this.descriptor === undefined) return false;
    this.push();
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const length = attempt(() => this.fs.readSync(this.descriptor as number, piece, 0, PIECE_BYTES, null), 0);
    if (length > 0) this.onPiece(piece.subarray(0, length));
    return length > 0;
  }

  private push(): void {
    while (this.unsent.length > 0) {
      const first = this.unsent[0] as Buffer;
      try {
        const written = this.fs.writeSync(this.descriptor as number, first);
        if (written === first.length) this.unsent.shift();
        else this.unsent[0] = first.subarray(written);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") {
          this.retry();
          return;
        }
        this.unsent = [];
        this.socket.destroy();
        return;
      }
    }
  }

  private retry(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.socket.destroyed) this.push();
    }, RETRY_MS);
    this.timer.unref();
  }
}

const LARGEST_BACKLOG = 1024 * 1024;
