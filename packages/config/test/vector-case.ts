import { resetLogging } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterAll, afterEach, beforeEach } from "vitest";
import { type Existing, prepareExisting, type Summary } from "./summary.js";

/** A case of the configuration vectors: what was there before, and either the tree that came of it or CPython's error. */
export interface ConfigCase<Input extends { existing: Existing[] }> {
  readonly id: string;
  readonly input: Input;
  readonly expected?: Summary;
  readonly error?: string;
  readonly message?: string;
}

const here = process.cwd();

/** Begins and ends each test of a file with fresh logging; gives the set in which keys are noted that our objects do not show. */
export const freshLogging = (): Set<string> => {
  const hidden = new Set<string>();
  beforeEach(resetLogging);
  afterEach(() => {
    process.chdir(here);
    resetLogging();
  });
  afterAll(() => {
    if (hidden.size > 0) console.log(`not compared, because the objects do not show them: ${[...hidden].sort().join(", ")}`);
  });
  return hidden;
};

/** Runs a case in an empty working directory, the loggers of `existing` made before. */
export const inEmptyFolder = async (existing: readonly Existing[], run: (folder: string) => Promise<void>): Promise<void> => {
  using folder = temporaryFolder();
  process.chdir(folder.path);
  prepareExisting(existing);
  try {
    await run(folder.path);
  } finally {
    process.chdir(here);
    resetLogging();
  }
};
