import { checkOptions, type OptionNames } from "@cordwood/core";
import type { Consumer, ConsumerMessages, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { checkObject, checkText } from "../check-values.js";
import { delay } from "../soon.js";
import { wholeNumber } from "../when-full.js";
import { BROKER_OPTIONS, type BrokerOptions, BrokerQueue } from "./broker-queue.js";
import {
  type BrokerDriver,
  type BrokerReceiver,
  type BrokerSender,
  type IncomingMessage,
  type OutgoingMessage,
  settleInOrder,
} from "./driver.js";
import { checkName, loadClient, withoutSecrets } from "./names.js";

/** Options of a {@link NatsQueue}. */
export interface NatsQueueOptions extends BrokerOptions {
  /** Servers, as `@nats-io/transport-node` takes them. Default `"127.0.0.1:4222"`. */
  readonly servers?: string | readonly string[];
  /** More options of the connection: credentials, TLS. */
  readonly connection?: Readonly<Record<string, unknown>>;
  /** The stream; made, kept on disk, when there is none. Default `"cordwood"`. */
  readonly stream?: string;
  /** The subject records are published to. Default the stream's name and `.records`. */
  readonly subject?: string;
  /** The durable consumer: queues of one name share the records. Default `"cordwood"`. */
  readonly durable?: string;
  /** Messages the stream keeps; older ones are cut off, read or not. Default 1 000 000. */
  readonly maxMessages?: number;
  /**
   * A record whose consumer gives no sign of life for so many milliseconds comes again. Default 5 000. After a lost connection a consumer that
   * is alone waits as long, so that what was on its way comes before what is newer.
   */
  readonly ackWaitMs?: number;
  /** The server drops a second copy of a record that comes within so many milliseconds. Default 120 000. */
  readonly duplicateWindowMs?: number;
  /** The subject, of the same stream, for records that cannot be handled. Default the stream's name and `.dead`. */
  readonly deadLetter?: string;
}

const OPTIONS: OptionNames<NatsQueueOptions> = {
  ...BROKER_OPTIONS,
  servers: true,
  connection: true,
  stream: true,
  subject: true,
  durable: true,
  maxMessages: true,
  ackWaitMs: true,
  duplicateWindowMs: true,
  deadLetter: true,
};

type Settings = Readonly<
  Required<Pick<NatsQueueOptions, "stream" | "subject" | "durable" | "maxMessages" | "ackWaitMs" | "duplicateWindowMs" | "deadLetter">>
>;

const STREAM = /^[A-Za-z0-9_-]{1,200}$/;
const SUBJECT = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,15}$/;
const NANOS = 1_000_000;
const CONNECT_MS = 10_000;
const PUBLISH_MS = 5_000;
/** Header of a message that its sender has sent before. Within `duplicateWindowMs` the server itself drops a second copy. */
const AGAIN = "Cordwood-Again";
/** What the server takes to notice that a time is over. */
const EXPIRY_MS = 100;
/** What it takes to notice that a connection is gone. */
const NOTICE_MS = 1_000;

/**
 * A queue in a NATS JetStream stream: published with an id by which the server knows a second copy, received by a durable consumer, acknowledged
 * when the handlers have been flushed.
 */
export class NatsQueue extends BrokerQueue {
  private readonly nats: Settings;
  private readonly servers: string[];
  private readonly connection: Readonly<Record<string, unknown>>;
  private lostAt: number | undefined;
  /** The last connection was given up for the sake of order. */
  private startedOver = false;

  /** @throws LoggingError `OPTION_INVALID` for a name or number that cannot be. */
  constructor(options: NatsQueueOptions = {}) {
    // First of all: the next check would repeat what was given, and an address may hold a password.
    checkObject("NatsQueue", "options", options);
    checkOptions("NatsQueue", options, OPTIONS);
    super("NatsQueue", options);
    const stream = checkName(this.name, "stream", options.stream ?? "cordwood", STREAM);
    for (const server of [options.servers].flat()) checkText(this.name, "servers", server, "the address of a server, or a list of them");
    checkObject(this.name, "connection", options.connection);
    this.servers = [options.servers ?? "127.0.0.1:4222"].flat();
    this.connection = options.connection ?? {};
    this.nats = {
      stream,
      subject: checkName(this.name, "subject", options.subject ?? `${stream}.records`, SUBJECT),
      durable: checkName(this.name, "durable", options.durable ?? "cordwood", STREAM),
      maxMessages: wholeNumber(this.name, "maxMessages", options.maxMessages ?? 1_000_000, "messages"),
      ackWaitMs: wholeNumber(this.name, "ackWaitMs", options.ackWaitMs ?? 5_000, "milliseconds"),
      duplicateWindowMs: wholeNumber(this.name, "duplicateWindowMs", options.duplicateWindowMs ?? 120_000, "milliseconds"),
      deadLetter: checkName(this.name, "deadLetter", options.deadLetter ?? `${stream}.dead`, SUBJECT),
    };
  }

  protected override connectWith(): BrokerDriver {
    return {
      label: this.servers.map(withoutSecrets).join(", "),
      openSender: async (onLost) => {
        const { connection, client, headers } = await this.open(onLost);
        return new NatsSender(connection, client, this.nats, headers);
      },
      openReceiver: async (deliver, onLost) => {
        let disorder: Error | undefined;
        const { connection, client, consumer } = await this.open((error) => {
          this.lostAt = Date.now();
          this.startedOver = disorder !== undefined;
          onLost(disorder ?? error);
        });
        const found = await consumer();
        let next = await this.waitForOrder(found);
        const looksUntil = Date.now() + NOTICE_MS;
        const messages = await found.consume({ max_messages: this.prefetch, expires: 5_000 });
        const isNext = (delivery: number): boolean => {
          if (next === undefined || Date.now() > looksUntil || delivery === next++) return true;
          disorder = new Error("older records went to a connection that is gone; they are waited for");
          return false;
        };
        return new NatsReceiver(connection, client, found, messages, this.nats, deliver, isNext);
      },
    };
  }

  /**
   * What was handed out over a connection that is gone comes again only when its time is over; taking newer records before would change the
   * order. Where other consumers are waiting too there is no order to keep.
   * @returns the number of the delivery that has to come next: a later one shows that the server gave records to the old connection even after
   *   it was asked. `undefined` when there is nothing to look for; twice in a row it is not looked for, as another consumer may be at work.
   */
  private async waitForOrder(consumer: Consumer): Promise<number | undefined> {
    let info = await consumer.info();
    // A server that has not noticed yet that our old connection is gone counts it among those that wait.
    for (const noticed = (this.lostAt ?? 0) + NOTICE_MS; info.num_waiting > 0 && Date.now() < noticed; info = await consumer.info())
      await delay(10);
    if (info.num_waiting > 0) return undefined;
    if (info.num_ack_pending > 0) {
      const since = this.lostAt ?? Date.now();
      await delay(Math.max(0, since + this.nats.ackWaitMs + EXPIRY_MS - Date.now()));
      info = await consumer.info();
    }
    return this.lostAt === undefined || this.startedOver ? undefined : info.delivered.consumer_seq + 1;
  }

  /** Connects, and makes sure that the stream is there. */
  private async open(
    onLost: (error: unknown) => void,
  ): Promise<{ connection: NatsConnection; client: JetStreamClient; consumer: () => Promise<Consumer>; headers: () => MsgHdrs }> {
    const { connect, headers } = await loadClient(this.name, "@nats-io/transport-node", () => import("@nats-io/transport-node"));
    const jetstream = await loadClient(this.name, "@nats-io/jetstream", () => import("@nats-io/jetstream"));
    // A connection that is lost is lost: this queue knows better than the client what has to be sent again.
    const connection = await connect({ timeout: CONNECT_MS, ...this.connection, servers: this.servers, reconnect: false });
    connection.closed().then((error) => onLost(error ?? new Error("the connection was closed")));
    try {
      const { stream, subject, deadLetter, maxMessages, duplicateWindowMs, durable, ackWaitMs } = this.nats;
      const manager = await jetstream.jetstreamManager(connection);
      const limits = { max_msgs: maxMessages, duplicate_window: duplicateWindowMs * NANOS };
      await manager.streams.info(stream).catch(() => manager.streams.add({ name: stream, subjects: [subject, deadLetter], ...limits }));
      const client = jetstream.jetstream(connection);
      const consumer = async (): Promise<Consumer> => {
        await manager.consumers.info(stream, durable).catch(() =>
          manager.consumers.add(stream, {
            durable_name: durable,
            filter_subject: subject,
            ack_policy: jetstream.AckPolicy.Explicit,
            ack_wait: ackWaitMs * NANOS,
            max_ack_pending: Math.max(this.prefetch, 1_000) * 16,
          }),
        );
        return client.consumers.get(stream, durable);
      };
      return { connection, client, consumer, headers };
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
  }
}

class NatsSender implements BrokerSender {
  private readonly connection: NatsConnection;
  private readonly client: JetStreamClient;
  private readonly settings: Settings;
  private readonly headers: () => MsgHdrs;

  constructor(connection: NatsConnection, client: JetStreamClient, settings: Settings, headers: () => MsgHdrs) {
    this.connection = connection;
    this.client = client;
    this.settings = settings;
    this.headers = headers;
  }

  async send(messages: readonly OutgoingMessage[], confirmed: (count: number) => void): Promise<void> {
    const { subject } = this.settings;
    const answers = messages.map((message) => {
      const { id, body, again } = message;
      message.again = true;
      const options = { msgID: id, timeout: PUBLISH_MS, retries: 0 };
      if (again !== true) return this.client.publish(subject, body, options);
      const headers = this.headers();
      headers.set(AGAIN, "1");
      return this.client.publish(subject, body, { ...options, headers });
    });
    await settleInOrder(answers, confirmed, isAnswer);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/** Whether the server answered, and the answer was no: the connection is in order. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === "JetStreamApiError" || (error.name === "InvalidArgumentError" && /payload/.test(error.message)));

class NatsReceiver implements BrokerReceiver {
  private readonly connection: NatsConnection;
  private readonly client: JetStreamClient;
  private readonly consumer: Consumer;
  private readonly messages: ConsumerMessages;
  private readonly settings: Settings;
  private readonly deliver: (message: IncomingMessage) => void;
  /** Whether no delivery is missing before this one. */
  private readonly isNext: (delivery: number) => boolean;
  private readonly out = new Set<JsMsg>();
  private readonly signs: ReturnType<typeof setInterval>;
  private lastAt = Date.now();

  constructor(
    connection: NatsConnection,
    client: JetStreamClient,
    consumer: Consumer,
    messages: ConsumerMessages,
    settings: Settings,
    deliver: (message: IncomingMessage) => void,
    isNext: (delivery: number) => boolean,
  ) {
    this.connection = connection;
    this.client = client;
    this.consumer = consumer;
    this.messages = messages;
    this.settings = settings;
    this.deliver = deliver;
    this.isNext = isNext;
    // A handler may take its time: the server hears that the record is not forgotten.
    this.signs = setInterval(() => {
      for (const message of this.out) if (!connection.isClosed()) message.working();
    }, settings.ackWaitMs / 3);
    this.signs.unref();
    void this.readOn();
  }

  async acknowledge(messages: readonly IncomingMessage[]): Promise<void> {
    for (const { token } of messages) {
      this.out.delete(token as JsMsg);
      (token as JsMsg).ack();
    }
    // What was written is on its way to the server when this settles.
    await this.connection.flush();
  }

  async putBack(message: IncomingMessage): Promise<void> {
    this.out.delete(message.token as JsMsg);
    (message.token as JsMsg).nak();
    await this.connection.flush();
  }

  async bury(message: IncomingMessage): Promise<void> {
    this.out.delete(message.token as JsMsg);
    await this.client.publish(this.settings.deadLetter, message.body, { msgID: `dead-${message.id}` });
    (message.token as JsMsg).term("cannot be handled");
    await this.connection.flush();
  }

  /** Nothing waits at the server, and nothing has come for a moment: what was on its way is here. */
  async idle(): Promise<void> {
    while (!this.connection.isClosed()) {
      const { num_pending: waiting } = await this.consumer.info();
      if (waiting === 0 && Date.now() - this.lastAt > QUIET_MS) return;
      await delay(5);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.signs);
    await this.messages.close().catch(() => {});
    await this.connection.close();
  }

  private async readOn(): Promise<void> {
    try {
      for await (const message of this.messages) {
        if (!this.isNext(message.info.deliverySequence)) break;
        this.lastAt = Date.now();
        const id = message.headers?.get("Nats-Msg-Id") || `${this.settings.stream}-${message.seq}`;
        this.out.add(message);
        const again = message.headers?.has(AGAIN) === true;
        this.deliver({ id, body: message.string(), again, tries: message.info.deliveryCount, place: message.seq, token: message });
      }
    } catch {
      // The connection tells of its own end.
    }
    if (!this.connection.isClosed()) await this.connection.close().catch(() => {});
  }
}

const QUIET_MS = 30;
