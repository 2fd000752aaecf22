const SHOWN = "[secret]";

/**
 * Holds a value that must not be printed: as text, in a template, as JSON, in Node's inspection and in every formatter it is `[secret]`.
 * Only `reveal()` gives the value.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
    Object.freeze(this);
  }

  /** The value itself. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  toLocaleString(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  get [Symbol.toStringTag](): string {
    return "Secret";
  }

  // Node's console and `%O` ask for this one.
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return SHOWN;
  }

  // Deno's console asks for this one.
  [Symbol.for("Deno.customInspect")](): string {
    return SHOWN;
  }
}
