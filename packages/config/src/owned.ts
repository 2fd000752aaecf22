import type { FilterLike, HandlerLike } from "@cordwood/core";
import type { HandlerPlan } from "./plan.js";

/** What is remembered of a handler that a document made. */
export interface Owned {
  readonly plan: HandlerPlan;
  /** Handlers it hands records to: its target, what its listener feeds. */
  readonly feeds: readonly HandlerLike[];
  /** The reader of its queue, running. */
  readonly listener: ListenerLike | undefined;
}

/** What is asked of the reader of a queue. */
export interface ListenerLike {
  readonly handlers?: readonly HandlerLike[];
  start(): unknown;
  stop(): unknown;
}

/** The configuration in force, as far as a document made it. */
export interface Current {
  readonly handlers: Map<HandlerLike, Owned>;
  /** Filters that documents put on loggers: a reload replaces them and leaves others alone. */
  readonly filters: WeakSet<FilterLike>;
  /** Loggers that the document in force names. */
  configured: WeakSet<object>;
  /** Applies the document in force once more, for a temporary one to be undone. `undefined`: no document has been applied in full. */
  again: (() => Promise<void>) | undefined;
}

const KEY = Symbol.for("@cordwood/config.v1");

/** One record for all copies of this package in the process, as core has one tree: each must know what another has made. */
export const current = (): Current => {
  const holder = globalThis as { [KEY]?: Current };
  if (holder[KEY] === undefined)
    Object.defineProperty(holder, KEY, {
      value: { handlers: new Map(), filters: new WeakSet(), configured: new WeakSet(), again: undefined } satisfies Current,
    });
  return holder[KEY] as Current;
};
