import { expect } from "vitest";

/** Waits until something holds, for so long at most; that it did not is a failure of the test. */
export const waitFor = async (condition: () => boolean, ms = 10_000): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
};
