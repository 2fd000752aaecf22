import { LoggingError, show } from "@cordwood/core";

const MOST_KEYS = 2_000;
/** A name longer than this is judged by its beginning. */
const LONGEST_NAME = 256;
// Separators, and characters that do not show: "api_key", "API-Key" and "apiKey" are one name.
const IGNORED = /[\s_\-.\u00ad\u200b-\u200f\u2060\ufeff]+/g;

/** Whether a name is one of the secret ones; asked once for each name. */
export class KeyMatcher {
  readonly #names = new Set<string>();
  readonly #patterns: RegExp[] = [];
  readonly #known = new Map<string, boolean>();

  /** @throws LoggingError for a key that is neither text nor regular expression. */
  constructor(keys: readonly (string | RegExp)[]) {
    for (const key of keys) {
      if (key instanceof RegExp) this.#patterns.push(new RegExp(key.source, key.flags.replace(/[gy]/g, "")));
      else if (typeof key !== "string" || key === "")
        throw new LoggingError(
          "OPTION_INVALID",
          `RedactFilter: keys holds ${show(key)}; give the name of a key, one with * in it, or a regular expression`,
        );
      else if (key.includes("*")) this.#patterns.push(globOf(key));
      else this.#names.add(normalize(key));
    }
  }

  get empty(): boolean {
    return this.#names.size === 0 && this.#patterns.length === 0;
  }

  matches(key: string): boolean {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = normalize(key);
    const judged = key.slice(0, LONGEST_NAME);
    // "headers.authorization": a flattened object's keys end in what they were.
    const last = normalize(key.slice(key.lastIndexOf(".") + 1));
    const answer =
      this.#names.has(name) ||
      this.#names.has(last) ||
      this.#patterns.some((pattern) => pattern.test(judged) || pattern.test(name) || pattern.test(last));
    if (this.#known.size >= MOST_KEYS) this.#known.clear();
    if (key.length <= LONGEST_NAME) this.#known.set(key, answer);
    return answer;
  }
}

const normalize = (key: string): string => key.slice(0, LONGEST_NAME).normalize("NFKC").replace(IGNORED, "").toLowerCase();

const globOf = (key: string): RegExp =>
  new RegExp(
    `^${key
      .split("*")
      .map((part) => normalize(part).replace(/[\\^$+?.()|[\]{}]/g, "\\$&"))
      .join(".*")}$`,
    "s",
  );
