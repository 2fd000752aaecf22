import { escapeText, quoteKey } from "./quote.js";

/** Characters kept before the memory starts afresh, some 4,096 keys: a program that makes keys out of data must not fill the heap. */
const MOST_CHARACTERS = 1_048_576;
/** What a key takes besides its forms. */
const SIZE_OF_NODE = 160;

/** Where in the text a key comes: it decides what has to be closed and opened before the key itself. */
export const FIRST = 0;
export const AFTER_VALUE = 2;
export const AFTER_TEXT = 4;

/** The forms of a key, see {@link KeyNode.forms}; `before` is written ahead of it, after a comma. */
export const keyForms = (name: string, before = ""): readonly string[] => {
  const key = `${before}${quoteKey(name)}:`;
  return [`{${key}`, `{${key}"`, `,${key}`, `,${key}"`, `",${key}`, `",${key}"`];
};

/** What the owner of a memory does with the value of a key before it is written. */
export type KeyAction = (value: unknown) => unknown;

/** Says, for each key met for the first time, under what name it is written and what is done with its value. */
export interface KeyRules {
  readonly rename?: (key: string) => string;
  readonly action?: (key: string) => KeyAction | undefined;
}

/** A key in the forms in which it is written, and the key that followed it last time. */
export interface KeyNode {
  /** `undefined` in a node that stands before the first key. */
  readonly key: string | undefined;
  /**
   * The literals between the value before and the value of this key, indexed by {@link FIRST}, {@link AFTER_VALUE} or
   * {@link AFTER_TEXT}, plus one when the value is a text. Merging the quotes into them saves two concatenations a field.
   */
  readonly forms: readonly string[];
  /** Characters that the key takes in the output, with quotes, colon and comma. */
  readonly size: number;
  readonly action: KeyAction | undefined;
  readonly memory: KeyMemory;
  next: KeyNode | undefined;
  /** Stands before the first key of the objects found under this key. */
  inner: KeyNode | undefined;
  /** The value that came last. Once it has come twice it is kept as `lastForm`, key and all, for the place that `lastState` names. */
  last: string | boolean | undefined;
  /** The same for numbers, which have a place of their own that needs no object; NaN when something else came last. */
  lastNumber: number;
  lastForm: string;
  lastState: number;
  /** The last layer of fields that was seen to have this key, see `Serializer.claim`. */
  claimed: number;
  /** Whether the text of a layer with this key has been kept, see `Serializer.twoLayers`. */
  kept: boolean;
}

/**
 * Remembers the quoted form of keys and the order in which they came, so that an object of a known shape is written
 * without looking a single key up: each node guesses its successor, and the guess is checked by identity.
 */
export class KeyMemory {
  readonly #nodes = new Map<string, KeyNode>();
  readonly #rules: KeyRules;
  #room = MOST_CHARACTERS;

  constructor(rules: KeyRules = {}) {
    this.#rules = rules;
  }

  /** Whether there are too many keys. While a record is written they are all kept, for a key has to have one node in all its layers. */
  get isFull(): boolean {
    return this.#room < 0;
  }

  /** Forgets all keys; who holds nodes has to let go of them. */
  clear(): void {
    this.#nodes.clear();
    this.#room = MOST_CHARACTERS;
  }

  /** A node to stand before the first key of one kind of object. */
  start(): KeyNode {
    return this.#node(undefined, [], 0, undefined);
  }

  /** The node of a key that was not the guessed one; the guess is corrected. */
  after(before: KeyNode, key: string): KeyNode {
    const node = this.#nodes.get(key) ?? this.#learn(key);
    before.next = node;
    return node;
  }

  #learn(key: string): KeyNode {
    const name = this.#rules.rename?.(key) ?? key;
    const node = this.#node(key, keyForms(name), name.length + 4, this.#rules.action?.(key));
    this.#room -= SIZE_OF_NODE + node.forms.length * (node.forms[FIRST] as string).length;
    this.#nodes.set(key, node);
    return node;
  }

  #node(key: string | undefined, forms: readonly string[], size: number, action: KeyAction | undefined): KeyNode {
    return {
      key,
      forms,
      size,
      action,
      memory: this,
      next: undefined,
      inner: undefined,
      last: undefined,
      lastNumber: Number.NaN,
      lastForm: "",
      lastState: -1,
      claimed: 0,
      kept: false,
    };
  }
}

/** Keeps a value that has come twice with its key: most fields have few values, and this one is then a single piece of the line. */
export function remember(node: KeyNode, value: string | number | boolean, state: number): void {
  node.lastForm = typeof value === "string" ? node.forms[state + 1] + escapeText(value) : `${node.forms[state]}${value}`;
  node.lastState = state;
  // Asking for a character joins the parts once, instead of once for every line they are part of.
  node.lastForm.charCodeAt(0);
}
