import { type Account, settleDelivered, settleFailed } from "./account.js";
import { batchRequest, type HttpRequest, type HttpTarget, type HttpTransport, retryAfterMs } from "./http-request.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import { Sender } from "./sender.js";

/** One record as it waits: its length counts, what it is depends on the format. */
export interface HttpItem {
  readonly length: number;
  /** A request of its own, or the record as JSON. */
  readonly content: HttpRequest | Uint8Array;
}

export interface HttpBatchOptions {
  /** Records of one request. Default 500. */
  readonly maxBatchRecords?: number;
  /** Bytes of one request before compression. Default 512 KiB; in browsers 28 000, as larger ones end with their page. */
  readonly maxBatchBytes?: number;
  /** Longest wait for a batch to fill, in milliseconds. Default 1 000. */
  readonly maxDelayMs?: number;
}

export interface HttpRetryOptions {
  /** Longest wait for an answer, in milliseconds. Default 10 000. */
  readonly requestTimeoutMs?: number;
  /** Attempts for a request before its records count as lost. Default 10. */
  readonly maxAttempts?: number;
  /** First wait before another attempt, in milliseconds; each is cut at random by up to half. Default 1 000. */
  readonly retryInitialMs?: number;
  /** Longest wait, in milliseconds; a `Retry-After` may ask for up to five minutes. Default 30 000. */
  readonly retryMaxMs?: number;
}

export interface HttpFormat {
  /** `undefined`: each item is a request of its own. */
  readonly contentType: "application/json" | "application/x-ndjson" | undefined;
  readonly gzip: boolean;
  readonly headers: readonly (readonly [string, string])[];
}

const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);
/** What a browser takes along with one request of a page that goes away: half of what it takes in all, as one may be under way already. */
const FAREWELL_BYTES = 28_000;
const COMMA = new Uint8Array([0x2c]);
const NEWLINE = new Uint8Array([0x0a]);
const BRACKETS = [new Uint8Array([0x5b]), new Uint8Array([0x5d])] as const;

/** Sends requests one after another, so that records arrive in order; what fails for a while is tried again. */
export class HttpSender extends Sender {
  readonly #target: HttpTarget;
  readonly #transport: HttpTransport;
  readonly #format: HttpFormat;
  readonly #outbox: Outbox<HttpItem>;
  readonly #limits: Required<HttpBatchOptions & HttpRetryOptions>;
  /** Batches taken out of the outbox, the first of them under way. */
  #batches: HttpItem[][] = [];
  #state: "idle" | "filling" | "sending" | "retrying" | "closed" = "idle";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushing = false;

  constructor(
    target: HttpTarget,
    transport: HttpTransport,
    format: HttpFormat,
    options: OutboxOptions & HttpBatchOptions & HttpRetryOptions,
    account: Account,
  ) {
    super(target.label, account);
    this.#target = target;
    this.#transport = transport;
    this.#format = format;
    this.#outbox = new Outbox(options);
    const single = format.contentType === undefined;
    this.#limits = {
      maxBatchRecords: single ? 1 : (options.maxBatchRecords ?? 500),
      // A request of a page outlives it only when it is small.
      maxBatchBytes: options.maxBatchBytes ?? (transport.farewell === undefined ? 524_288 : FAREWELL_BYTES),
      maxDelayMs: single ? 0 : (options.maxDelayMs ?? 1_000),
      requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
      maxAttempts: options.maxAttempts ?? 10,
      retryInitialMs: options.retryInitialMs ?? 1_000,
      retryMaxMs: options.retryMaxMs ?? 30_000,
    };
  }

  override get pending(): number {
    return this.#outbox.size + this.#batches.reduce((sum, batch) => sum + batch.length, 0);
  }

  send(item: HttpItem): "queued" | "settled" {
    const { kept, lost } = this.#outbox.add(item);
    if (lost > 0) this.full(kept, lost);
    this.pump();
    return kept ? "queued" : "settled";
  }

  override flush(timeoutMs: number): Promise<void> {
    this.#flushing = true;
    return super.flush(timeoutMs);
  }

  override hurry(): void {
    this.#flushing = true;
    this.pump();
  }

  /** A page goes away: everything that is not under way leaves now, as far as the browser takes it along. */
  farewell(): void {
    const { farewell } = this.#transport;
    if (farewell === undefined || this.#state === "closed") return;
    // What waits for another attempt comes first.
    const waiting = this.#state === "retrying" ? this.#batches.splice(0).flat() : [];
    while (waiting.length > 0 || this.#outbox.size > 0) {
      const batch =
        waiting.length > 0
          ? cutOff(waiting, FAREWELL_BYTES, this.#limits.maxBatchRecords)
          : this.#outbox.take(FAREWELL_BYTES, this.#limits.maxBatchRecords);
      if (farewell(this.#target, this.#plainRequest(batch))) {
        settleDelivered(this.account, batch.length);
        continue;
      }
      // The page may stay after all: it goes on from here.
      const rest = [...batch, ...waiting];
      if (this.#state === "sending") this.#batches.push(rest);
      else this.#batches.unshift(rest);
      return;
    }
  }

  protected override pump(): void {
    if (this.#state === "closed" || this.#state === "sending" || this.#state === "retrying") return;
    if (this.pending === 0) {
      this.#flushing = false;
      this.emptied();
      return;
    }
    const { maxBatchRecords, maxBatchBytes, maxDelayMs } = this.#limits;
    const full = this.#outbox.size >= maxBatchRecords || this.#outbox.bytes >= maxBatchBytes;
    if (maxDelayMs > 0 && !full && !this.#flushing && this.#batches.length === 0) {
      if (this.#state === "idle") this.#later(maxDelayMs, "filling");
      return;
    }
    clearTimeout(this.#timer);
    this.#state = "sending";
    if (this.#batches.length === 0) this.#batches.push(this.#take());
    void this.#deliver(0);
  }

  #take(): HttpItem[] {
    return this.#outbox.take(this.#limits.maxBatchBytes, this.#limits.maxBatchRecords);
  }

  /** Waits, and then sends what there is; the process is not kept alive for it. */
  #later(ms: number, state: "filling"): void {
    this.#state = state;
    this.#timer = setTimeout(() => {
      this.#state = "sending";
      if (this.#batches.length === 0) this.#batches.push(this.#take());
      void this.#deliver(0);
    }, ms);
    (this.#timer as { unref?(): void }).unref?.();
  }

  async #deliver(attempt: number): Promise<void> {
    if (this.#state === "closed") return;
    const batch = this.#batches[0];
    if (batch === undefined) {
      // It has left with the page, which is still there.
      this.#state = "idle";
      this.pump();
      return;
    }
    let problem: { readonly reason: string; readonly error?: unknown; readonly waitMs?: number | undefined } | undefined;
    let retried = true;
    try {
      const { status, retryAfter } = await this.#transport.send(this.#target, await this.#request(batch), this.#limits.requestTimeoutMs);
      if (status >= 200 && status < 300) return this.#done(batch, (count) => settleDelivered(this.account, count));
      if (status === 413 && batch.length > 1) return this.#split(batch);
      retried = status >= 500 || RETRIED.has(status);
      problem = {
        reason: status === 0 || (status >= 300 && status < 400) ? "redirect" : `http${status}`,
        waitMs: retryAfterMs(retryAfter, Date.now()),
      };
    } catch (error) {
      problem = { reason: "connection", error };
    }
    if (retried && attempt + 1 < this.#limits.maxAttempts) return this.#again(attempt, problem);
    this.account.report(problem.reason, `${this.#target.label} did not take records (${problem.reason})`, problem.error, batch.length);
    this.#done(batch, (count) => settleFailed(this.account, problem.reason, count));
  }

  #again(
    attempt: number,
    { reason, error, waitMs }: { readonly reason: string; readonly error?: unknown; readonly waitMs?: number | undefined },
  ): void {
    const { retryInitialMs, retryMaxMs } = this.#limits;
    const nominal = Math.min(retryInitialMs * 2 ** attempt, retryMaxMs);
    const wait = waitMs ?? Math.round(nominal * (0.5 + Math.random() / 2));
    this.account.report("retry", `${this.#target.label} did not take records (${reason}); the next attempt is in ${wait} ms`, error);
    this.#state = "retrying";
    this.#timer = setTimeout(() => {
      this.#state = "sending";
      void this.#deliver(attempt + 1);
    }, wait);
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** Too large for the far side: two halves, in order. */
  #split(batch: HttpItem[]): void {
    const middle = Math.ceil(batch.length / 2);
    this.#batches.splice(0, 1, batch.slice(0, middle), batch.slice(middle));
    void this.#deliver(0);
  }

  #done(batch: HttpItem[], settle: (count: number) => void): void {
    // Closing may have given the batch up while its answer was on the way.
    if (this.#batches[0] !== batch) return;
    this.#batches.shift();
    settle(batch.length);
    this.#state = "idle";
    this.pump();
  }

  async #request(batch: readonly HttpItem[]): Promise<HttpRequest> {
    const request = this.#plainRequest(batch);
    if (!this.#format.gzip || request.body === undefined || this.#format.contentType === undefined) return request;
    return batchRequest(this.#target, this.#format.contentType, await this.#transport.gzip(request.body), true, this.#format.headers);
  }

  #plainRequest(batch: readonly HttpItem[]): HttpRequest {
    const { contentType, headers } = this.#format;
    if (contentType === undefined) return batch[0]!.content as HttpRequest;
    const array = contentType === "application/json";
    const parts: Uint8Array[] = array ? [BRACKETS[0]] : [];
    batch.forEach((item, index) => {
      if (array && index > 0) parts.push(COMMA);
      parts.push(item.content as Uint8Array);
      if (!array) parts.push(NEWLINE);
    });
    if (array) parts.push(BRACKETS[1]);
    return batchRequest(this.#target, contentType, joined(parts), false, headers);
  }

  protected override discard(): number {
    const count = this.pending;
    this.#outbox.clear();
    this.#batches = [];
    return count;
  }

  protected override release(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
  }
}

/** Takes items off the front that fit, one at least. */
const cutOff = (items: HttpItem[], maxBytes: number, maxCount: number): HttpItem[] => {
  let bytes = 0;
  let count = 0;
  while (count < Math.min(items.length, maxCount) && (count === 0 || bytes + items[count]!.length <= maxBytes))
    bytes += items[count++]!.length;
  return items.splice(0, count);
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
