import { describe, expect, test } from "vitest";
import { edgeProblems, nodeImportProblems, RUNS_EVERYWHERE } from "../../../scripts/edges.mjs";
import { packages } from "../../../scripts/pack.mjs";

interface Found {
  readonly name: string;
  readonly folder: string;
}

describe("packages import only what the plan allows", () => {
  test.each((packages() as Found[]).map((found) => [found.name, found] as const))("%s", (_, found) => {
    expect(edgeProblems(found)).toEqual([]);
  });

  test.each(RUNS_EVERYWHERE as string[])("%s has no node: import in its build", (name) => {
    expect(nodeImportProblems((packages() as Found[]).find((found) => found.name === name))).toEqual([]);
  });
});
