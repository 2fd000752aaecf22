import {
  attempt,
  getHandlerByName,
  getLevelName,
  getLoggers,
  type HandlerLike,
  isPlainObject,
  type Logger,
  reportError,
} from "@cordwood/core";
import { audit, auditRefusal } from "./audit.js";
import { confine } from "./confine.js";
import { checkDocument, configure } from "./dict-config.js";
import { iniDocument } from "./ini-document.js";
import type { Accepted, ListenOptions } from "./listen.js";
import { current } from "./owned.js";
import { join } from "./path.js";
import type { Plan } from "./plan.js";
import { ConfigError } from "./problem.js";
import { levelsOnly, type RemoteDocument, remoteDocument } from "./remote-document.js";
import { hideSecrets } from "./secrets.js";
import { revertAfter, standing } from "./temporary-levels.js";
import { tree } from "./tree.js";

/** The message that asks how the loggers stand, instead of changing anything. */
export const TREE_QUERY = "tree";

/** Decides about messages and applies them, one after the other. */
export class Receiver {
  readonly #options: ListenOptions;
  readonly #inspect = (plan: Plan): void => confine(plan, this.#options);
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  /** Handles one message and gives the answer to send, if the sender wants one. Never rejects for what is wrong with a message. */
  message(message: Uint8Array, peer: string): Promise<string | undefined> {
    const mine = this.#last.then(() => this.#handle(message, peer));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #handle(message: Uint8Array, peer: string): Promise<string | undefined> {
    // The port says nothing to a reader; it is among the fields.
    const host = peer.replace(/:\d+$/, "");
    let sender = host;
    let wantsReply = false;
    try {
      const accepted = await this.#verified(message);
      if (accepted === undefined) {
        auditRefusal(`refused a configuration from ${host}: verify did not accept it`, { peer });
        return undefined;
      }
      if (accepted.who !== undefined) sender = `${accepted.who} at ${host}`;
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(accepted.payload);
      if (!text.trimStart().startsWith("{")) {
        await this.#applyIni(text, sender);
        return undefined;
      }
      const value = parsed(text);
      if (isPlainObject(value) && value["cordwood"] === TREE_QUERY) return JSON.stringify({ ok: true, tree: tree() });
      wantsReply = isPlainObject(value) && value["reply"] === true;
      const changed = await this.#apply(remoteDocument(value), sender);
      return wantsReply ? JSON.stringify({ ok: true, changed }) : undefined;
    } catch (error) {
      const text = hideSecrets(
        attempt(() => (error as Error).message, "an error without a message"),
        [],
      );
      reportError({
        cause: "configuration server",
        // The rest is in the error.
        message: `a configuration from ${sender} was not applied, the former one stays: ${text.split("\n", 1)[0]}`,
        error,
      });
      return wantsReply
        ? JSON.stringify({ ok: false, error: text, problems: error instanceof ConfigError ? error.problems : [] })
        : undefined;
    }
  }

  async #verified(message: Uint8Array): Promise<{ readonly payload: Uint8Array; readonly who?: string } | undefined> {
    const { verify } = this.#options;
    if (verify === undefined) return { payload: message };
    const answer: Accepted = await verify(message);
    if (answer === true) return { payload: message };
    if (typeof answer === "string") return { payload: new TextEncoder().encode(answer) };
    if (typeof answer !== "object" || answer === null) return undefined;
    return answer instanceof Uint8Array ? { payload: answer } : answer;
  }

  async #applyIni(text: string, sender: string): Promise<void> {
    const { document, placeOf } = iniDocument(text, {}, undefined);
    // An INI file always names handlers, which scope "levels" refuses.
    if ((this.#options.scope ?? "levels") === "levels") levelsOnly(document);
    await configure(document, this.#resolve(), { rootFirst: true, placeOf, inspect: this.#inspect });
    audit(`configuration replaced by ${sender}`, { by: sender, ...shape(document) });
  }

  async #apply({ document, lifetimeMs }: RemoteDocument, sender: string): Promise<readonly string[]> {
    const most = this.#options.lifetimeMs;
    const lifetime = lifetimeMs === undefined ? most : Math.min(lifetimeMs, most ?? lifetimeMs);
    const full = (this.#options.scope ?? "levels") === "full";
    const wanted = full ? document : levelsOnly(document);
    if (full && wanted["incremental"] !== true) return this.#replace(wanted, lifetime, sender);
    const plan = await checkDocument(wanted, this.#resolve(), {});
    const handlers = [...plan.handlerLevels.keys()]
      .map(getHandlerByName)
      .filter((handler): handler is HandlerLike => handler !== undefined);
    const changesOf = standing(plan, handlers);
    await configure(wanted, this.#resolve(), {});
    const changes = changesOf();
    const texts = changes.map(
      (change) =>
        `${labelOf(change.object)}.${change.property}: ${valueText(change.property, change.before)} → ${valueText(change.property, change.after)}`,
    );
    audit(`levels changed by ${sender}: ${texts.join(", ") || "none"}${lifetime === undefined ? "" : `, for ${lifetime} ms`}`, {
      by: sender,
      changed: texts,
    });
    if (lifetime !== undefined)
      revertAfter(changes, lifetime, () =>
        audit(`levels that ${sender} changed for ${lifetime} ms are as before: ${texts.join(", ") || "none"}`, {
          by: sender,
          reverted: texts,
        }),
      );
    return texts;
  }

  async #replace(document: Record<string, unknown>, lifetime: number | undefined, sender: string): Promise<readonly string[]> {
    const { again } = current();
    if (lifetime !== undefined && again === undefined) {
      throw new ConfigError([
        {
          path: "lifetimeMs",
          message: "there is no former document to return to, as logging was not configured by one; send it without a lifetime",
        },
      ]);
    }
    await configure(document, this.#resolve(), { inspect: this.#inspect });
    audit(`configuration replaced by ${sender}${lifetime === undefined ? "" : `, for ${lifetime} ms`}`, {
      by: sender,
      ...shape(document),
    });
    const mine = current().again;
    if (lifetime === undefined || again === undefined) return ["configuration"];
    const back = (): void => {
      // Somebody may have configured logging anew meanwhile; then there is nothing to return to.
      if (current().again !== mine) return;
      again().then(
        () => audit(`the configuration before ${sender}'s is in force again`, { by: sender }),
        (error: unknown) =>
          reportError({ cause: "configuration server", message: "the former configuration could not be put in force again", error }),
      );
    };
    setTimeout(back, Math.min(lifetime, 2_147_483_647)).unref();
    return ["configuration"];
  }

  #resolve(): Pick<ListenOptions, "packages" | "classes" | "resolve"> {
    const { packages, classes, resolve } = this.#options;
    return { ...(packages && { packages }), ...(classes && { classes }), ...(resolve && { resolve }) };
  }
}

/** Node's own message would show a piece of the text, and with it perhaps a password. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1];
    throw new ConfigError([
      { path: "", message: `the message is no JSON${position === undefined ? "" : ` from character ${position} on`}` },
    ]);
  }
};

/** What a document holds, in names only. */
const shape = (document: Readonly<Record<string, unknown>>): Record<string, readonly string[]> =>
  Object.fromEntries(["formatters", "filters", "handlers", "loggers"].map((key) => [key, Object.keys((document[key] ?? {}) as object)]));

const labelOf = (object: Logger | HandlerLike): string => {
  const name = (object as { name?: string }).name;
  // A name with a line break must not forge a line of the log.
  const label = join("", name ?? object.constructor.name);
  return (getLoggers() as readonly unknown[]).includes(object) ? label : `handler ${label}`;
};

const valueText = (property: string, value: unknown): string =>
  property === "level" ? String(getLevelName(value as number)) : String(value);
