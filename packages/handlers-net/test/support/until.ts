/** Waits until something holds, looking every few milliseconds; fails with what was waited for. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 10_000, stepMs = 3): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
};
