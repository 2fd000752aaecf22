import type { KeyNode } from "./key-memory.js";

/** More keys than anybody binds; a larger object is written anew each time. */
const MOST_KEYS = 32;

/**
 * The text of a layer of fields that is the same for many records: what a view of a logger binds, or the context of a request. It is used
 * again only after each value has been compared, so that a change to the object is seen at once.
 */
export class SteadyLayer {
  /** What the layer was written as, and how the next key goes on. */
  text = "";
  after = 0;
  #source: object | undefined;
  /** Written once: a context that is never met again is not worth the keeping. */
  #candidate: object | undefined;
  #before = -1;
  readonly #keys: string[] = [];
  readonly #values: unknown[] = [];
  readonly #nodes: KeyNode[] = [];

  /** Whether `text` is what writing the object would give, as long as no later layer has a key of it. */
  holds(source: object, before: number): boolean {
    if (source !== this.#source || before !== this.#before) return false;
    const keys = this.#keys;
    const values = this.#values;
    let i = 0;
    try {
      for (const key in source) {
        if (key !== keys[i] || (source as Record<string, unknown>)[key] !== values[i]) return false;
        i++;
      }
    } catch {
      // A getter that throws: written anew, with what it threw in its place.
      return false;
    }
    return i === keys.length;
  }

  /** Whether a layer of this rank or a higher one has a key of this layer. */
  isClaimed(rank: number): boolean {
    const nodes = this.#nodes;
    for (let i = 0; i < nodes.length; i++) if ((nodes[i] as KeyNode).claimed >= rank) return true;
    return false;
  }

  /** Holds nothing until the object is written again. */
  forget(): void {
    this.#source = undefined;
  }

  /** Keeps what has just been written, if it is made of plain values alone. */
  keep(source: object, start: KeyNode, before: number, rank: number, text: string, after: number): void {
    if (source !== this.#candidate) {
      this.#candidate = source;
      return;
    }
    this.#source = undefined;
    this.#keys.length = 0;
    this.#values.length = 0;
    this.#nodes.length = 0;
    let at = start;
    for (const key in source) {
      const node = at.next;
      // A getter may answer differently each time, so that its value says nothing about the text.
      const value: unknown = Object.getOwnPropertyDescriptor(source, key)?.value;
      const plain =
        typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && !Number.isNaN(value)) || value === null;
      if (!plain || node === undefined || node.key !== key || node.action !== undefined || node.claimed > rank) return;
      if (this.#values.push(value) > MOST_KEYS) return;
      this.#keys.push(key);
      this.#nodes.push(node);
      node.kept = true;
      at = node;
    }
    this.text = text;
    this.after = after;
    this.#before = before;
    // Asking for a character joins the parts once, instead of once for every line they are part of.
    text.charCodeAt(0);
    this.#source = source;
  }
}
