import { kindOf } from "./guard.js";
import { ProblemAt } from "./problem.js";
import { isSecretKey, shown } from "./secrets.js";
import { snake } from "./spelling.js";
import { nearest, suggestion } from "./suggest.js";

/** The problem of a key that its object does not know. Of its value no more is shown than can do no harm: a misspelt password is one too. */
export const unknownKey = (path: string, owner: string, key: string, value: unknown, known: readonly string[]): ProblemAt => {
  const harmless = (typeof value === "number" || typeof value === "boolean") && !isSecretKey(nearest(key, known) ?? key);
  const given = harmless ? shown(value, path) : kindOf(value);
  return new ProblemAt(path, `${owner} has no option ${JSON.stringify(key)} (given: ${given}); ${suggestion(key, spelt(known, key))}`);
};

/** Known keys in the spelling that the writer of a document has chosen. */
export const spelt = (known: readonly string[], key: string): readonly string[] => (key.includes("_") ? known.map(snake) : known);
