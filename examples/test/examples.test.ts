import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, exampleNames, expectedOf, missingFor, run } from "../runner.mjs";

const names: readonly string[] = exampleNames();

describe("examples print what their expected.txt says", () => {
  let compiled: { readonly out: string; remove(): void };
  beforeAll(async () => {
    compiled = await compile(names);
  });
  afterAll(() => compiled.remove());

  test.for(names)("%s", async (name, { skip }) => {
    const missing = await missingFor(compiled.out, name);
    if (missing !== false) return skip(missing);
    const { text, problem } = await run(compiled.out, name);
    expect({ problem, text }).toEqual({ problem: undefined, text: expectedOf(name) });
  });
});
