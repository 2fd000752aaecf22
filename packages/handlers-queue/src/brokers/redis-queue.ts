import { checkOptions, type OptionNames } from "@cordwood/core";
import type { createClient } from "redis";
import { checkObject, checkUrl } from "../check-values.js";
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
import { checkName, consumerName, loadClient, withoutSecrets } from "./names.js";

/** Options of a {@link RedisQueue}. */
export interface RedisQueueOptions extends BrokerOptions {
  /** Where the server is, as the package `redis` takes it. Default `"redis://127.0.0.1:6379"`. */
  readonly url?: string;
  /** More options for the client of the package `redis`: TLS, user, password, database. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** The stream. Default `"cordwood"`. */
  readonly stream?: string;
  /** The consumer group: consumers of one group share the records, each group gets all of them. Default `"cordwood"`. */
  readonly group?: string;
  /** This consumer's name in the group. Default host and process id. */
  readonly consumer?: string;
  /** Entries the stream keeps, about: older ones are cut off, read or not. Default 1 000 000. */
  readonly maxLength?: number;
  /** A record that its consumer has left unacknowledged for so many milliseconds is claimed by another. Default 30 000. */
  readonly claimIdleMs?: number;
  /** The stream for records that cannot be handled. Default the stream's name and `.dead`. */
  readonly deadLetter?: string;
}

const OPTIONS: OptionNames<RedisQueueOptions> = {
  ...BROKER_OPTIONS,
  url: true,
  client: true,
  stream: true,
  group: true,
  consumer: true,
  maxLength: true,
  claimIdleMs: true,
  deadLetter: true,
};

type Client = ReturnType<typeof createClient>;
type Settings = Readonly<
  Required<Pick<RedisQueueOptions, "url" | "stream" | "group" | "consumer" | "maxLength" | "claimIdleMs" | "deadLetter">>
>;
/** An entry of a stream: its id there, and names and values by turns. */
type Entry = readonly [string, readonly string[] | null];

const BLOCK_MS = 1_000;
const CONNECT_MS = 10_000;

/**
 * A queue in a Redis stream: appended by `XADD`, shared by a consumer group, acknowledged by `XACK` when the handlers have been flushed, claimed
 * by `XAUTOCLAIM` from consumers that died.
 */
export class RedisQueue extends BrokerQueue {
  private readonly redis: Settings;
  private readonly client: Readonly<Record<string, unknown>>;

  /** @throws LoggingError `OPTION_INVALID` for a name or number that cannot be. */
  constructor(options: RedisQueueOptions = {}) {
    // First of all: the next check would repeat what was given, and an address may hold a password.
    checkObject("RedisQueue", "options", options);
    checkOptions("RedisQueue", options, OPTIONS);
    super("RedisQueue", options);
    const stream = checkName(this.name, "stream", options.stream ?? "cordwood");
    checkUrl(this.name, "url", options.url, ["redis:", "rediss:"]);
    checkObject(this.name, "client", options.client);
    this.client = options.client ?? {};
    this.redis = {
      url: options.url ?? "redis://127.0.0.1:6379",
      stream,
      group: checkName(this.name, "group", options.group ?? "cordwood"),
      consumer: checkName(this.name, "consumer", options.consumer ?? consumerName()),
      maxLength: wholeNumber(this.name, "maxLength", options.maxLength ?? 1_000_000, "entries"),
      claimIdleMs: wholeNumber(this.name, "claimIdleMs", options.claimIdleMs ?? 30_000, "milliseconds"),
      deadLetter: checkName(this.name, "deadLetter", options.deadLetter ?? `${stream}.dead`),
    };
  }

  protected override connectWith(): BrokerDriver {
    const settings = this.redis;
    const connect = (onLost: (error: unknown) => void): Promise<Client> => this.connect(onLost);
    return {
      label: withoutSecrets(settings.url),
      openSender: async (onLost) => new RedisSender(await connect(onLost), settings),
      openReceiver: async (deliver, onLost) => {
        const reading = await connect(onLost);
        const receiver = new RedisReceiver(reading, await connect(onLost), settings, this.prefetch, deliver, onLost);
        await receiver.start();
        return receiver;
      },
    };
  }

  private async connect(onLost: (error: unknown) => void): Promise<Client> {
    const redis = await loadClient(this.name, "redis", () => import("redis"));
    const socket = { connectTimeout: CONNECT_MS, ...(this.client["socket"] as object | undefined), reconnectStrategy: false as const };
    const client = redis.createClient({ url: this.redis.url, RESP: 2, ...this.client, socket, disableOfflineQueue: true }) as Client;
    let lost = false;
    const lose = (error: unknown): void => {
      if (lost) return;
      lost = true;
      onLost(error);
    };
    client.on("error", lose);
    client.on("end", () => lose(new Error("the connection was closed")));
    await client.connect();
    return client;
  }
}

const call = <T>(client: Client, ...args: string[]): Promise<T> => client.sendCommand(args) as Promise<T>;

/** Whether the server answered, and the answer was an error: the connection is in order. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Error && /^(?:[A-Z]+) /.test(error.message) && !/^LOADING|^READONLY|^CLUSTERDOWN/.test(error.message);

class RedisSender implements BrokerSender {
  private readonly client: Client;
  private readonly settings: Settings;

  constructor(client: Client, settings: Settings) {
    this.client = client;
    this.settings = settings;
  }

  /** All in one go: the server answers them in order. */
  async send(messages: readonly OutgoingMessage[], confirmed: (count: number) => void): Promise<void> {
    const { stream, maxLength } = this.settings;
    const head = ["XADD", stream, "MAXLEN", "~", String(maxLength), "*", "id"];
    const answers = messages.map((message) => {
      const { id, body, again } = message;
      message.again = true;
      return this.client.sendCommand([...head, id, "data", body, ...(again === true ? ["again", "1"] : [])]);
    });
    await settleInOrder(answers, confirmed, isAnswer);
  }

  async close(): Promise<void> {
    if (this.client.isOpen) await this.client.close();
  }
}

class RedisReceiver implements BrokerReceiver {
  private readonly reading: Client;
  private readonly acting: Client;
  private readonly settings: Settings;
  private readonly prefetch: number;
  private readonly deliver: (message: IncomingMessage) => void;
  private readonly onLost: (error: unknown) => void;
  /** What was handed out and is not settled. */
  private readonly out = new Set<string>();
  private closed = false;
  private emptyReads = 0;
  private resume: (() => void) | undefined;
  private nextClaim = 0;

  constructor(
    reading: Client,
    acting: Client,
    settings: Settings,
    prefetch: number,
    deliver: (message: IncomingMessage) => void,
    onLost: (error: unknown) => void,
  ) {
    this.reading = reading;
    this.acting = acting;
    this.settings = settings;
    this.prefetch = prefetch;
    this.deliver = deliver;
    this.onLost = onLost;
  }

  async start(): Promise<void> {
    const { stream, group } = this.settings;
    await call(this.acting, "XGROUP", "CREATE", stream, group, "0", "MKSTREAM").catch((error: unknown) => {
      if (!String(error).includes("BUSYGROUP")) throw error;
    });
    this.readOn().catch((error: unknown) => {
      if (!this.closed) this.onLost(error);
    });
  }

  async acknowledge(messages: readonly IncomingMessage[]): Promise<void> {
    await call(this.acting, "XACK", this.settings.stream, this.settings.group, ...messages.map(({ token }) => token as string));
    for (const { token } of messages) this.settled(token as string);
  }

  /** It stays ours and unacknowledged: claiming it at once hands it out again and counts the try. */
  async putBack(message: IncomingMessage): Promise<void> {
    const { stream, group, consumer } = this.settings;
    const claimed = await call<Entry[] | null>(this.acting, "XCLAIM", stream, group, consumer, "0", message.token as string);
    this.settled(message.token as string);
    for (const entry of claimed ?? []) this.hand(entry, message.tries + 1);
  }

  async bury(message: IncomingMessage): Promise<void> {
    const { stream, group, deadLetter, maxLength } = this.settings;
    await call(this.acting, "XADD", deadLetter, "MAXLEN", "~", String(maxLength), "*", "id", message.id, "data", message.body);
    await call(this.acting, "XACK", stream, group, message.token as string);
    this.settled(message.token as string);
  }

  async idle(): Promise<void> {
    const before = this.emptyReads;
    while (!this.closed && this.emptyReads === before) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.resume?.();
    for (const client of [this.reading, this.acting]) if (client.isOpen) client.destroy();
  }

  private async readOn(): Promise<void> {
    await this.readOwnPending();
    while (!this.closed) {
      if (this.out.size >= this.prefetch) {
        await new Promise<void>((resolve) => {
          this.resume = resolve;
        });
        continue;
      }
      if (Date.now() >= this.nextClaim) await this.claim();
      const found = await this.read(">", this.emptyReads === 0 ? 1 : BLOCK_MS);
      if (found.length === 0) this.emptyReads++;
      for (const entry of found) this.hand(entry, 1);
    }
  }

  /** What this consumer was handed before and has not acknowledged: by an earlier connection, or an earlier process of the same name. */
  private async readOwnPending(): Promise<void> {
    for (let from = "0"; !this.closed; ) {
      const found = await this.read(from, undefined);
      if (found.length === 0) return;
      await this.handClaimed(found);
      from = found.at(-1)?.[0] as string;
    }
  }

  private async read(from: string, blockMs: number | undefined): Promise<readonly Entry[]> {
    const { stream, group, consumer } = this.settings;
    const block = blockMs === undefined ? [] : ["BLOCK", String(blockMs)];
    const count = String(Math.max(1, this.prefetch - this.out.size));
    const args = ["XREADGROUP", "GROUP", group, consumer, "COUNT", count, ...block, "STREAMS", stream, from];
    const answer = await call<[string, Entry[]][] | null>(this.reading, ...args);
    return answer?.[0]?.[1] ?? [];
  }

  /**
   * Takes over what other consumers were handed and have left lying, no more than there is room for: each taking over counts as a try, and whoever
   * dies with a hundred in its hands would have counted one for all of them.
   */
  private async claim(): Promise<void> {
    const { stream, group, consumer, claimIdleMs } = this.settings;
    for (let from = "0-0"; this.out.size < this.prefetch; ) {
      const count = String(this.prefetch - this.out.size);
      const args = ["XAUTOCLAIM", stream, group, consumer, String(claimIdleMs), from, "COUNT", count];
      const [next, entries] = await call<[string, Entry[]]>(this.reading, ...args);
      await this.handClaimed(entries);
      if (next === "0-0" || this.closed) {
        this.nextClaim = Date.now() + claimIdleMs / 2;
        return;
      }
      from = next;
    }
  }

  /** Hands out entries of which one must ask how often they were handed out. */
  private async handClaimed(entries: readonly Entry[]): Promise<void> {
    const first = entries[0]?.[0];
    const last = entries.at(-1)?.[0];
    if (first === undefined || last === undefined) return;
    const { stream, group, consumer } = this.settings;
    const pending = await call<[string, string, number, number][]>(this.reading, "XPENDING", stream, group, first, last, "10000", consumer);
    const tries = new Map(pending.map(([id, , , times]) => [id, times]));
    for (const entry of entries) this.hand(entry, tries.get(entry[0]) ?? 2);
  }

  private hand([token, values]: Entry, tries: number): void {
    this.out.add(token);
    if (values === null) {
      // The stream was cut while it was on its way: there is nothing left to handle.
      void call(this.acting, "XACK", this.settings.stream, this.settings.group, token).catch(() => {});
      this.settled(token);
      return;
    }
    const parts: Record<string, string> = Object.create(null);
    for (let i = 0; i + 1 < values.length; i += 2) parts[values[i] as string] = values[i + 1] as string;
    this.deliver({ id: parts["id"] ?? token, body: parts["data"] ?? "", again: parts["again"] === "1", tries, place: token, token });
  }

  private settled(token: string): void {
    this.out.delete(token);
    this.resume?.();
    this.resume = undefined;
  }
}
