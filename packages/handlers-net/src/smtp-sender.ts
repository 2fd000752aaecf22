import type { Transporter } from "nodemailer";
import { type Account, settleDelivered, settleDropped, settleFailed } from "./account.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import { Sender } from "./sender.js";
import type { Mail } from "./smtp-digest.js";
import type { TlsSource } from "./tls.js";

/** Where mails go, and from whom to whom. */
export interface SmtpRoute {
  readonly host: string;
  readonly port: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly login: { readonly user: string; readonly pass: string } | undefined;
  /** `"none"` never, `"starttls"` always after the greeting, `"implicit"` from the first byte. */
  readonly security: "none" | "starttls" | "implicit";
  readonly tls: TlsSource;
  readonly timeoutMs: number;
}

export interface SmtpRetryOptions {
  /** Attempts for a mail before its records count as lost. Default 5. */
  readonly maxAttempts?: number;
  /** First wait before another attempt, in milliseconds; each is cut at random by up to half. Default 1 000. */
  readonly retryInitialMs?: number;
  /** Longest wait, in milliseconds. Default 30 000. */
  readonly retryMaxMs?: number;
}

/** Sends mails one after another, a connection for each as in Python. `nodemailer` is loaded with the first. */
export class SmtpSender extends Sender {
  readonly #route: SmtpRoute;
  readonly #outbox: Outbox<Mail>;
  readonly #retry: Required<SmtpRetryOptions>;
  /** Records of mails that wait. */
  #waiting = 0;
  #current: Mail | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(route: SmtpRoute, options: OutboxOptions & SmtpRetryOptions, account: Account) {
    super(`${route.host}:${route.port}`, account);
    this.#route = route;
    this.#outbox = new Outbox(options);
    this.#retry = {
      maxAttempts: options.maxAttempts ?? 5,
      retryInitialMs: options.retryInitialMs ?? 1_000,
      retryMaxMs: options.retryMaxMs ?? 30_000,
    };
  }

  /** Records of mails that have not left. */
  override get pending(): number {
    return this.#waiting + (this.#current?.count ?? 0);
  }

  /** Takes a mail whose records are counted as queued; gives whether it was kept. */
  send(mail: Mail): boolean {
    const before = this.#outbox.size;
    const { kept } = this.#outbox.add(mail);
    if (!kept || this.#outbox.size !== before + 1) this.#overfull(mail, kept);
    else this.#waiting += mail.count;
    this.pump();
    return kept;
  }

  #overfull(mail: Mail, kept: boolean): void {
    // With "drop-oldest" older mails made room: what is missing of the waiting records was in them.
    const left = this.#outbox.reduce((sum, each) => sum + each.count, 0);
    const lost = this.#waiting + mail.count - left;
    this.#waiting = left;
    settleDropped(this.account, "full", lost);
    this.account.report("full", `the queue of mails is full${kept ? "; the oldest are dropped" : ""}`, undefined, lost);
  }

  protected override pump(): void {
    if (this.closed || this.#current !== undefined) return;
    this.#current = this.#outbox.shift();
    if (this.#current === undefined) {
      this.emptied();
      return;
    }
    this.#waiting -= this.#current.count;
    void this.#deliver(this.#current, 0);
  }

  async #deliver(mail: Mail, attempt: number): Promise<void> {
    try {
      const transport = await this.#transport();
      const { from, to } = this.#route;
      await transport.sendMail({
        from,
        to: [...to],
        subject: mail.subject,
        text: mail.text,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      return this.#failed(mail, attempt, error as Error & { responseCode?: number; code?: string });
    }
    this.#done(mail, (count) => settleDelivered(this.account, count));
  }

  #failed(mail: Mail, attempt: number, error: Error & { responseCode?: number; code?: string }): void {
    const missing = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
    // RFC 5321 §4.2.1: 5yz is final, 4yz is not; without an answer the way there failed.
    const final = missing || (error.responseCode ?? 0) >= 500 || (error.code === "EENVELOPE" && error.responseCode === undefined);
    if (!final && attempt + 1 < this.#retry.maxAttempts && !this.closed) {
      const nominal = Math.min(this.#retry.retryInitialMs * 2 ** attempt, this.#retry.retryMaxMs);
      const wait = Math.round(nominal * (0.5 + Math.random() / 2));
      this.account.report("retry", `a mail was not taken; the next attempt is in ${wait} ms`, error);
      this.#timer = setTimeout(() => void this.#deliver(mail, attempt + 1), wait).unref();
      return;
    }
    const reason = missing ? "nodemailer" : final ? "rejected" : "connection";
    const message = missing ? "the package nodemailer is missing: npm install nodemailer" : "a mail could not be sent";
    this.#done(mail, (count) => {
      settleFailed(this.account, reason, count);
      this.account.report(reason, message, error, count);
    });
  }

  #done(mail: Mail, settle: (count: number) => void): void {
    // Closing may have given it up while it was on its way.
    if (this.#current !== mail) return;
    this.#current = undefined;
    settle(mail.count);
    this.pump();
  }

  /** Made for each mail: certificates that were renewed are taken up, and no connection is kept. */
  async #transport(): Promise<Transporter> {
    const { createTransport } = await import("nodemailer");
    const { host, port, login, security, tls, timeoutMs } = this.#route;
    return createTransport({
      host,
      port,
      secure: security === "implicit",
      requireTLS: security === "starttls",
      ignoreTLS: security === "none",
      tls: tls.material(),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      ...(login === undefined ? {} : { auth: login }),
    });
  }

  protected override discard(): number {
    const count = this.pending;
    this.#outbox.clear();
    this.#waiting = 0;
    this.#current = undefined;
    return count;
  }

  protected override release(): void {
    clearTimeout(this.#timer);
  }
}
