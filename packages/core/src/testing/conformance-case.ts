/** One rule of a contract and the way to see whether it holds. Run it with any test runner, or none. */
export interface ConformanceCase {
  /** The rule in a few words: the name of the test. */
  readonly name: string;
  /** The rule in full, and where it is stated. */
  readonly rule: string;
  /** Rejects with an error that says what was expected and what came. */
  run(): Promise<void>;
}

/** Throws when the two differ as JSON. */
export function same(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}
