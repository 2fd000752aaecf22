import { checkOptions, LoggingError, type OptionNames, show } from "@cordwood/core";
import type { Publisher, Pull, Push, Subscriber } from "zeromq";
import { checkText } from "../check-values.js";
import { wholeNumber } from "../when-full.js";
import { BROKER_OPTIONS, type BrokerOptions, BrokerQueue } from "./broker-queue.js";
import type { BrokerDriver, BrokerReceiver, BrokerSender, IncomingMessage, OutgoingMessage } from "./driver.js";
import { loadClient } from "./names.js";

/** Options of a {@link ZeroMqQueue}: exactly one of `bind` and `connect`. */
export interface ZeroMqQueueOptions extends BrokerOptions {
  /** Address to bind this end to, such as `"tcp://127.0.0.1:5556"`; port `*` takes a free one. */
  readonly bind?: string;
  /** Address, or addresses, of ends that are bound. */
  readonly connect?: string | readonly string[];
  /** `"push-pull"` (default): each record goes to one listener. `"pub-sub"`: to all that listen at that moment. */
  readonly pattern?: "push-pull" | "pub-sub";
  /** Messages that ZeroMQ itself holds for each peer. Default 1 000. */
  readonly highWaterMark?: number;
  /** How long a closed sender goes on sending what ZeroMQ holds, in milliseconds. Default 1 000. */
  readonly lingerMs?: number;
}

const OPTIONS: OptionNames<ZeroMqQueueOptions> = {
  ...BROKER_OPTIONS,
  bind: true,
  connect: true,
  pattern: true,
  highWaterMark: true,
  lingerMs: true,
};

type Zmq = typeof import("zeromq");
type AnySocket = Push | Publisher | Pull | Subscriber;

const ADDRESS = 'an address such as "tcp://127.0.0.1:5556"';
/** Silence for so many looks is taken for the end, 250 ms at least; ZeroMQ cannot say whether more is on its way. */
const QUIET_LOOKS = 50;
const LOOK_MS = 5;

/**
 * A queue over ZeroMQ sockets, without a broker. A record travels as one message, Python's `record.__dict__` as JSON, so that the programs of
 * Python's Logging Cookbook can be at either end.
 *
 * ZeroMQ confirms nothing: a record counts as delivered when ZeroMQ has taken it. `"push-pull"` waits for a peer and for room; `"pub-sub"` drops
 * what nobody listens to, unseen.
 */
export class ZeroMqQueue extends BrokerQueue {
  private readonly zmq: ZeroMqQueueOptions;
  private readonly sockets: AnySocket[] = [];

  /** @throws LoggingError `OPTION_INVALID` unless exactly one of `bind` and `connect` is given. */
  constructor(options: ZeroMqQueueOptions) {
    checkOptions("ZeroMqQueue", options, OPTIONS);
    super("ZeroMqQueue", options);
    const { bind, connect, pattern = "push-pull" } = options ?? {};
    if ((bind === undefined) === (connect === undefined)) {
      throw new LoggingError(
        "OPTION_INVALID",
        `${this.name}: give exactly one of bind and connect, such as { bind: "tcp://127.0.0.1:5556" }`,
      );
    }
    if (pattern !== "push-pull" && pattern !== "pub-sub") {
      throw new LoggingError("OPTION_INVALID", `${this.name}: pattern is ${show(pattern)}; give "push-pull" or "pub-sub"`);
    }
    for (const address of [bind, connect ?? []].flat()) checkText(this.name, bind === undefined ? "connect" : "bind", address, ADDRESS);
    if (connect?.length === 0) throw new LoggingError("OPTION_INVALID", `${this.name}: connect is an empty list; give ${ADDRESS}`);
    wholeNumber(this.name, "highWaterMark", options.highWaterMark ?? 1_000, "messages");
    wholeNumber(this.name, "lingerMs", options.lingerMs ?? 1_000, "milliseconds", 0);
    this.zmq = { ...options, pattern };
  }

  /** Where the bound end is, the free port filled in; `undefined` until it is bound. */
  get address(): string | undefined {
    for (const socket of this.sockets) if (!socket.closed && socket.lastEndpoint !== null) return socket.lastEndpoint;
    return undefined;
  }

  protected override connectWith(): BrokerDriver {
    const { pattern, bind, connect } = this.zmq;
    return {
      label: [bind ?? connect].flat().join(", "),
      openSender: async () => {
        const zmq = await this.load();
        return new ZeroMqSender(await this.open(pattern === "pub-sub" ? new zmq.Publisher() : new zmq.Push()));
      },
      openReceiver: async (deliver, onLost) => {
        const zmq = await this.load();
        const socket = pattern === "pub-sub" ? new zmq.Subscriber() : new zmq.Pull();
        if (socket instanceof zmq.Subscriber) socket.subscribe();
        return new ZeroMqReceiver(await this.open(socket), this.prefetch, deliver, onLost);
      },
    };
  }

  private load(): Promise<Zmq> {
    return loadClient(this.name, "zeromq", () => import("zeromq"));
  }

  private async open<S extends AnySocket>(socket: S): Promise<S> {
    const { bind, connect, highWaterMark = 1_000, lingerMs = 1_000 } = this.zmq;
    socket.linger = lingerMs;
    if ("sendHighWaterMark" in socket) socket.sendHighWaterMark = highWaterMark;
    if ("receiveHighWaterMark" in socket) socket.receiveHighWaterMark = highWaterMark;
    try {
      if (bind !== undefined) await socket.bind(bind);
      for (const address of [connect ?? []].flat()) socket.connect(address);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.sockets.push(socket);
    return socket;
  }
}

class ZeroMqSender implements BrokerSender {
  private readonly socket: Push | Publisher;

  constructor(socket: Push | Publisher) {
    this.socket = socket;
  }

  async send(messages: readonly OutgoingMessage[], confirmed: (count: number) => void): Promise<void> {
    let taken = 0;
    try {
      for (const { body } of messages) {
        await this.socket.send(body);
        taken++;
      }
    } finally {
      if (taken > 0) confirmed(taken);
    }
  }

  async close(): Promise<void> {
    this.socket.close();
  }
}

let received = 0;

class ZeroMqReceiver implements BrokerReceiver {
  private readonly socket: Pull | Subscriber;
  private readonly prefetch: number;
  private readonly deliver: (message: IncomingMessage) => void;
  private out = 0;
  private arrivals = 0;
  private resume: (() => void) | undefined;

  constructor(socket: Pull | Subscriber, prefetch: number, deliver: (message: IncomingMessage) => void, onLost: (error: unknown) => void) {
    this.socket = socket;
    this.prefetch = prefetch;
    this.deliver = deliver;
    this.readOn().catch((error: unknown) => {
      if (!socket.closed) onLost(error);
    });
  }

  /** Nobody is told: ZeroMQ has forgotten the message when it handed it out. */
  async acknowledge(messages: readonly IncomingMessage[]): Promise<void> {
    this.settled(messages.length);
  }

  /** ZeroMQ cannot take it back; it comes again from here. */
  async putBack(message: IncomingMessage): Promise<void> {
    this.settled(1);
    this.hand({ ...message, tries: message.tries + 1 });
  }

  async bury(): Promise<void> {
    this.settled(1);
  }

  async idle(): Promise<void> {
    let seen = this.arrivals;
    // Looks are counted and not the time: after a stall of the event loop what came meanwhile is read behind the first look.
    for (let looks = 0; looks < QUIET_LOOKS && !this.socket.closed; looks++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (this.arrivals !== seen) looks = 0;
      seen = this.arrivals;
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    this.settled(this.out);
  }

  private async readOn(): Promise<void> {
    for await (const [body] of this.socket) {
      this.arrivals++;
      this.hand({ id: `zeromq-${++received}`, body: body?.toString() ?? "", tries: 1, place: received, token: undefined });
      while (this.out >= this.prefetch && !this.socket.closed) {
        await new Promise<void>((resolve) => {
          this.resume = resolve;
        });
      }
    }
  }

  private hand(message: IncomingMessage): void {
    this.out++;
    this.deliver(message);
  }

  private settled(count: number): void {
    this.out -= count;
    this.resume?.();
    this.resume = undefined;
  }
}
