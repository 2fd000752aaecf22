import { backoff } from "../backoff.js";
import { FrameSender, type FrameSenderOptions } from "../frame-sender.js";
import type { NodeModules } from "../node-modules.js";
import type { SentFrame } from "../sent-frame.js";
import { CONFIRM, hello, MessageReader, records, WELCOME } from "./protocol.js";
import { SocketPort } from "./socket-port.js";

/** Frames on their way at most. */
const WINDOW = 64;
const LARGEST_RECORD = 1024 * 1024;

// What a helper process runs at exit: it sends what it reads from its standard input, and ends when all of it is confirmed.
const HELPER = `
const [path, last] = process.argv.slice(1);
const chunks = [];
process.stdin.on("data", (c) => chunks.push(c)).on("end", () => {
  const s = require("node:net").connect(path, () => s.write(Buffer.concat(chunks)));
  let seen = Buffer.alloc(0);
  s.on("error", () => process.exit(1)).on("data", (c) => {
    seen = Buffer.concat([seen, c]);
    while (seen.length >= 5 && seen.length >= 4 + seen.readUInt32BE(0)) {
      if (seen[4] === ${CONFIRM} && seen.readDoubleBE(5) >= Number(last)) process.exit(0);
      seen = seen.subarray(4 + seen.readUInt32BE(0));
    }
  });
});`;

/** The sending end of a queue between processes: one connection to the listener, made anew whenever it is gone. */
export class SocketSender extends FrameSender {
  private readonly node: NodeModules;
  private readonly path: string;
  private readonly sender: string;
  private readonly wait = backoff({ firstMs: 20, longestMs: 1_000 });
  private socket: import("node:net").Socket | undefined;
  private port: SocketPort | undefined;
  private connection: "none" | "connecting" | "greeted" | "pausing" | "closed" = "none";
  private safe = 0;
  private poisoned = 0;
  private poisonedSeen = 0;
  private heard = 0;

  constructor(name: string, node: NodeModules, path: string, sender: string, options: FrameSenderOptions) {
    super(name, { largest: LARGEST_RECORD, keeps: false }, options);
    this.node = node;
    this.path = path;
    this.sender = sender;
  }

  override close(): void {
    super.close();
    this.connection = "closed";
    this.socket?.destroy();
  }

  /** Ends this sender and gives back the texts of all records it holds: they go on in another way. */
  retire(): string[] {
    const texts = this.outgoing.takeOver().map((frame) => frame.text);
    this.buffer.confirm(this.buffer.queued);
    this.close();
    return texts;
  }

  protected override write(frame: SentFrame): boolean {
    if (this.connection !== "greeted" || this.outgoing.sent.length >= WINDOW || !this.port?.hasRoom) return false;
    this.port.send(records(frame.text, frame.records, frame.sequence));
    return true;
  }

  protected override isConfirmed(frame: SentFrame): boolean {
    return frame.sequence + frame.records - 1 <= this.safe;
  }

  protected override takePoisoned(most: number): number {
    const count = Math.min(this.poisoned - this.poisonedSeen, most);
    this.poisonedSeen += count;
    return count;
  }

  protected override pause(ms: number): void {
    if (this.port?.pump() !== true) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, 1));
  }

  protected override watch(): void {
    if (this.connection === "none") this.connect();
  }

  protected override get heartbeat(): number {
    return this.heard;
  }

  protected override get isServed(): boolean {
    return this.connection === "greeted" && this.port?.isDirect === true;
  }

  /** Sends what is left through a helper process: the connection is not there, or cannot be used without the event loop. */
  protected override bypass(leftMs: number): void {
    const held = this.buffer.queued;
    if (leftMs < 100 || this.connection === "closed" || held === 0) return;
    const frames = this.outgoing.takeOver();
    const { sequence, records: count } = frames.at(-1) as SentFrame;
    const last = sequence + count - 1;
    const messages = frames.map((frame) => records(frame.text, frame.records, frame.sequence));
    const { spawnSync } = this.node.childProcess();
    const input = Buffer.concat([hello(this.sender), ...messages]);
    const run = spawnSync(process.execPath, ["-e", HELPER, this.path, String(last)], {
      input,
      timeout: leftMs,
      stdio: ["pipe", "ignore", "ignore"],
    });
    if (run.status === 0) this.buffer.confirm(held);
  }

  private connect(): void {
    this.connection = "connecting";
    const socket = this.node.net().connect(this.path);
    this.socket = socket;
    const reader = new MessageReader();
    socket.once("connect", () => {
      this.port = new SocketPort(socket, this.node.fs(), (piece) => reader.read(piece, (kind, payload) => this.hear(kind, payload)));
      this.port.send(hello(this.sender));
    });
    // The reason is told by the `close` that follows.
    socket.on("error", () => {});
    socket.once("close", () => {
      if (this.connection === "closed" || this.socket !== socket) return;
      this.port = undefined;
      this.connection = "pausing";
      const timer = setTimeout(() => {
        if (this.connection !== "pausing") return;
        this.connection = "none";
        if (this.buffer.queued > 0) this.connect();
      }, this.wait.next());
      timer.unref();
    });
  }

  private hear(kind: number, payload: Buffer): void {
    this.heard++;
    if (kind === WELCOME) {
      this.connection = "greeted";
      this.wait.reset();
      // From here on the end of the process waits for what is unconfirmed; the connection alone keeps no process alive.
      this.socket?.unref();
      this.rewind();
    } else if (kind === CONFIRM) {
      this.safe = Math.max(this.safe, payload.readDoubleBE(0));
      this.poisoned = payload.readUInt32BE(8);
      this.outgoing.handOver();
    }
  }
}
