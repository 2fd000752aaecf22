import { LoggingError, show } from "@cordwood/core";
import { unicodePattern } from "../unicode-pattern.js";

const MOST_KEYS = 2_000;
/** A name longer than this is judged by its beginning. */
const LONGEST_NAME = 256;
/** Separators, accents, and characters that do not show: "api_key", "API-Key" and "apiKey" are one name. */
const ignored = unicodePattern("[^\\p{L}\\p{N}]+", "gu");
/** Letters of other scripts that look like ours, as a name from a client may have them. */
const LOOKALIKES = /[аеорсухіјѕԁԛԝһοαρικνı]/g;
const LATIN: Readonly<Record<string, string>> = {
  ...{ а: "a", е: "e", о: "o", р: "p", с: "c", у: "y", х: "x", і: "i", ј: "j", ѕ: "s", ԁ: "d", ԛ: "q", ԝ: "w", һ: "h" },
  ...{ ο: "o", α: "a", ρ: "p", ι: "i", κ: "k", ν: "v", ı: "i" },
};
const PLAIN = /^[a-z\d]*$/i;

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

const normalize = (key: string): string => {
  const judged = key.slice(0, LONGEST_NAME);
  if (PLAIN.test(judged)) return judged.toLowerCase();
  const letters = judged
    .normalize("NFKD")
    .toLowerCase()
    .replace(LOOKALIKES, (letter) => LATIN[letter] as string);
  // A name without a letter is that name.
  return letters.replace(ignored(), "") || judged;
};

const globOf = (key: string): RegExp =>
  new RegExp(
    `^${key
      .split("*")
      .map((part) => normalize(part).replace(/[\\^$+?.()|[\]{}]/g, "\\$&"))
      .join(".*")}$`,
    "s",
  );
