import { checkOptions, type OptionNames } from "@cordwood/core";
import type { ChannelModel, ConfirmChannel, ConsumeMessage, Options } from "amqplib";
import { checkObject, checkUrl } from "../check-values.js";
import { delay } from "../soon.js";
import { BROKER_OPTIONS, type BrokerOptions, BrokerQueue } from "./broker-queue.js";
import {
  type BrokerDriver,
  type BrokerReceiver,
  type BrokerSender,
  type IncomingMessage,
  type OutgoingMessage,
  RefusedError,
} from "./driver.js";
import { checkName, loadClient, withoutSecrets } from "./names.js";

/** Options of an {@link AmqpQueue}. */
export interface AmqpQueueOptions extends BrokerOptions {
  /** Where the broker is, as `amqplib` takes it. Default `"amqp://127.0.0.1:5672"`. */
  readonly url?: string;
  /** More options of the socket, as `amqplib` takes them: TLS. */
  readonly socket?: Readonly<Record<string, unknown>>;
  /** The durable queue. Default `"cordwood"`. */
  readonly queue?: string;
  /** `"quorum"` (default) counts how often a record came; `"classic"` knows only whether it came before. */
  readonly queueType?: "quorum" | "classic";
  /** The queue for records that cannot be handled. Default the queue's name and `.dead`. */
  readonly deadLetter?: string;
}

const OPTIONS: OptionNames<AmqpQueueOptions> = {
  ...BROKER_OPTIONS,
  url: true,
  socket: true,
  queue: true,
  queueType: true,
  deadLetter: true,
};

type Settings = Readonly<Required<Pick<AmqpQueueOptions, "queue" | "queueType" | "deadLetter">>>;

const CONNECT_MS = 10_000;
const HEARTBEAT_S = 30;
const QUIET_MS = 30;
/** Longest wait for the broker to notice that the connection before is gone. */
const NOTICE_MS = 1_000;
/** Header of a message that its sender has sent before. */
const AGAIN = "cordwood-again";

/**
 * A durable queue of RabbitMQ: records are persistent and confirmed by the broker, handed out `prefetch` at a time, acknowledged when the handlers
 * have been flushed.
 */
export class AmqpQueue extends BrokerQueue {
  private readonly amqp: Settings;
  private readonly url: string;
  private readonly socket: Readonly<Record<string, unknown>>;

  /** @throws LoggingError `OPTION_INVALID` for a name that cannot be. */
  constructor(options: AmqpQueueOptions = {}) {
    // First of all: the next check would repeat what was given, and an address may hold a password.
    checkObject("AmqpQueue", "options", options);
    checkOptions("AmqpQueue", options, OPTIONS);
    super("AmqpQueue", options);
    const queue = checkName(this.name, "queue", options.queue ?? "cordwood");
    checkUrl(this.name, "url", options.url, ["amqp:", "amqps:"]);
    checkObject(this.name, "socket", options.socket);
    this.url = options.url ?? "amqp://127.0.0.1:5672";
    this.socket = options.socket ?? {};
    const queueType = checkName(this.name, "queueType", options.queueType ?? "quorum", /^(?:quorum|classic)$/) as "quorum" | "classic";
    this.amqp = { queue, queueType, deadLetter: checkName(this.name, "deadLetter", options.deadLetter ?? `${queue}.dead`) };
  }

  protected override connectWith(): BrokerDriver {
    /** How many consumers the queue had when this one had just become one of them. */
    let consumers = 0;
    return {
      label: withoutSecrets(this.url),
      openSender: async (onLost) => {
        const { connection, channel } = await this.open(onLost);
        return new AmqpSender(connection, channel, this.amqp);
      },
      openReceiver: async (deliver, onLost) => {
        const { connection, channel } = await this.open(onLost);
        const receiver = new AmqpReceiver(connection, channel, this.amqp, deliver, onLost);
        await channel.prefetch(this.prefetch);
        consumers = 1 + (await this.othersAt(channel, consumers));
        await receiver.start();
        return receiver;
      },
    };
  }

  /**
   * How many consumers the queue has, once they are fewer than before, or after a while. Until the broker has noticed that a connection is gone, it
   * keeps what it handed out over it, and hands out what comes after that to whoever asks.
   */
  private async othersAt(channel: ConfirmChannel, before: number): Promise<number> {
    for (const deadline = Date.now() + NOTICE_MS; ; await delay(2)) {
      const { consumerCount } = await channel.checkQueue(this.amqp.queue);
      if (before === 0 || consumerCount < before || Date.now() >= deadline) return consumerCount;
    }
  }

  /** Connects, and makes sure that the queues are there. */
  private async open(onLost: (error: unknown) => void): Promise<{ connection: ChannelModel; channel: ConfirmChannel }> {
    const amqp = await loadClient(this.name, "amqplib", () => import("amqplib"));
    const url = new URL(this.url);
    if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", String(HEARTBEAT_S));
    // Without `noDelay` a small message waits, up to 40 ms, until the one before it has been received.
    const connection = await amqp.connect(url.href, { timeout: CONNECT_MS, noDelay: true, ...this.socket });
    connection.on("error", onLost);
    connection.on("close", () => onLost(new Error("the connection was closed")));
    try {
      const channel = await connection.createConfirmChannel();
      channel.on("error", onLost);
      channel.on("close", () => onLost(new Error("the channel was closed")));
      const { queue, queueType, deadLetter } = this.amqp;
      const type = { "x-queue-type": queueType };
      await channel.assertQueue(deadLetter, { durable: true, arguments: type });
      const dead = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": deadLetter };
      // No limit of deliveries at the broker: it would count a lost connection like a consumer that died of the record.
      await channel.assertQueue(queue, { durable: true, arguments: { ...type, ...dead } });
      return { connection, channel };
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
  }
}

class AmqpSender implements BrokerSender {
  private readonly connection: ChannelModel;
  private readonly channel: ConfirmChannel;
  private readonly settings: Settings;
  private lost: unknown;
  /** Whether the broker has kept a message of this connection. */
  private isHeard = false;

  constructor(connection: ChannelModel, channel: ConfirmChannel, settings: Settings) {
    this.connection = connection;
    this.channel = channel;
    this.settings = settings;
    for (const each of [connection, channel]) {
      each.on("error", (error: unknown) => this.lose(error));
      each.on("close", () => this.lose(new Error("the connection was closed")));
    }
  }

  private loseNow: (error: unknown) => void = () => {};

  /**
   * The first message of a connection goes alone. A quorum queue that has no leader yet, as when it has just been made, refuses it and keeps those
   * behind it: order would be lost, and what was kept would come twice.
   */
  async send(messages: readonly OutgoingMessage[], confirmed: (count: number) => void): Promise<void> {
    if (!this.isHeard) await this.sendAtOnce(messages.slice(0, 1), confirmed);
    const rest = this.isHeard ? messages : messages.slice(1);
    this.isHeard = true;
    if (rest.length > 0) await this.sendAtOnce(rest, confirmed);
  }

  /** One promise for all: one for each would cost more than the rest of the sending. */
  private sendAtOnce(messages: readonly OutgoingMessage[], confirmed: (count: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const answers: ("kept" | { readonly error: unknown } | undefined)[] = new Array(messages.length).fill(undefined);
      let kept = 0;
      let isOver = false;
      const end = (failure?: { readonly error: unknown }): void => {
        if (isOver) return;
        isOver = true;
        if (kept > 0) confirmed(kept);
        if (failure === undefined) resolve();
        else reject(failure.error);
      };
      this.loseNow = (error) => end({ error });
      if (this.lost !== undefined) end({ error: this.lost });
      // The broker may answer in any order; what counts is how many of the first ones it has kept.
      const answer = (at: number, error: unknown): void => {
        const isKept = error === null || error === undefined;
        answers[at] = isKept ? "kept" : { error: this.lost === undefined ? new RefusedError(error) : error };
        while (answers[kept] === "kept") kept++;
        const failure = answers[kept];
        if (kept === messages.length) end();
        else if (typeof failure === "object") end(failure);
      };
      for (let at = 0; at < messages.length && !isOver; at++) {
        const message = messages[at] as OutgoingMessage;
        const { id, body, again } = message;
        const options: Options.Publish = { persistent: true, messageId: id, contentType: "application/json" };
        if (again === true) options.headers = { [AGAIN]: true };
        message.again = true;
        try {
          this.channel.sendToQueue(this.settings.queue, Buffer.from(body), options, (error: unknown) => answer(at, error));
        } catch (error) {
          end({ error });
        }
      }
    });
  }

  async close(): Promise<void> {
    await closeAll(this.connection, this.channel);
  }

  private lose(error: unknown): void {
    this.lost ??= error;
    this.loseNow(error);
  }
}

class AmqpReceiver implements BrokerReceiver {
  private readonly connection: ChannelModel;
  private readonly channel: ConfirmChannel;
  private readonly settings: Settings;
  private readonly deliver: (message: IncomingMessage) => void;
  private readonly onLost: (error: unknown) => void;
  /** What was handed out and is not settled, in the order of the broker, and whether it was handled. */
  private readonly out = new Map<ConsumeMessage, boolean>();
  private lastAt = Date.now();

  constructor(
    connection: ChannelModel,
    channel: ConfirmChannel,
    settings: Settings,
    deliver: (message: IncomingMessage) => void,
    onLost: (error: unknown) => void,
  ) {
    this.connection = connection;
    this.channel = channel;
    this.settings = settings;
    this.deliver = deliver;
    this.onLost = onLost;
  }

  async start(): Promise<void> {
    await this.channel.consume(this.settings.queue, (message) => {
      if (message === null) this.onLost(new Error("the queue was deleted"));
      else this.hand(message);
    });
  }

  async acknowledge(messages: readonly IncomingMessage[]): Promise<void> {
    for (const { token } of messages) if (this.out.has(token as ConsumeMessage)) this.out.set(token as ConsumeMessage, true);
    this.acknowledgeOldest();
  }

  async putBack(message: IncomingMessage): Promise<void> {
    this.reject(message, true);
  }

  /** Refused without coming again, the broker itself moves it to the queue of the undeliverable. */
  async bury(message: IncomingMessage): Promise<void> {
    this.reject(message, false);
  }

  /** Nothing waits at the broker, and nothing has come for a moment: what was on its way is here. */
  async idle(): Promise<void> {
    for (;;) {
      const { messageCount } = await this.channel.checkQueue(this.settings.queue);
      if (messageCount === 0 && Date.now() - this.lastAt > QUIET_MS) return;
      await delay(5);
    }
  }

  async close(): Promise<void> {
    for (const [message, handled] of this.out) if (handled) this.channel.ack(message);
    // An answer means that the broker has read what was written before.
    await this.channel.checkQueue(this.settings.queue).catch(() => {});
    await closeAll(this.connection, this.channel);
  }

  /**
   * Acknowledges all up to the last before the first one that is not handled, in one word. A quorum queue that gets a word for each holds many of
   * them back, and forgets those when the channel closes.
   */
  private acknowledgeOldest(): void {
    let last: ConsumeMessage | undefined;
    for (const [message, handled] of this.out) {
      if (!handled) break;
      last = message;
      this.out.delete(message);
    }
    if (last !== undefined) this.channel.ack(last, true);
  }

  private reject({ token }: IncomingMessage, again: boolean): void {
    this.out.delete(token as ConsumeMessage);
    this.channel.nack(token as ConsumeMessage, false, again);
    this.acknowledgeOldest();
  }

  private hand(message: ConsumeMessage): void {
    this.lastAt = Date.now();
    this.out.set(message, false);
    const { messageId, headers } = message.properties;
    const counted: unknown = headers?.["x-delivery-count"];
    const tries = Math.max(typeof counted === "number" ? counted + 1 : 1, message.fields.redelivered ? 2 : 1);
    const id = typeof messageId === "string" ? messageId : `${this.settings.queue}-${message.fields.deliveryTag}`;
    const again = headers?.[AGAIN] === true;
    // While it is not settled, nothing comes a second time over the same channel.
    this.deliver({ id, body: message.content.toString(), again, tries, place: message.fields.deliveryTag, token: message });
  }
}

/** The channel first: what it has still to write, acknowledgements above all, would be lost with the connection. */
async function closeAll(connection: ChannelModel, channel: ConfirmChannel): Promise<void> {
  await channel.close().catch(() => {});
  await connection.close();
}
