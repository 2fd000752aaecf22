/** Runs after the current turn of the event loop and what waits for input: never before the caller's own code has ended. */
export const soon: (task: () => void) => void =
  typeof setImmediate === "function" ? (task) => void setImmediate(task) : (task) => void setTimeout(task, 0);

/** Settles after the current turn. */
export const nextTurn = (): Promise<void> => new Promise(soon);

/** Whether the value is a promise, or acts like one. */
export const isPromise = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

/** Settles after so many milliseconds, or when the signal is aborted. */
export const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });

/** Whether the promise settled within so many milliseconds. What it rejects with is not looked at. */
export async function within(promise: Promise<unknown> | void, ms: number): Promise<boolean> {
  if (promise === undefined) return true;
  const over = new AbortController();
  const first = promise.then(
    () => true,
    () => true,
  );
  const settled = await Promise.race([first, delay(ms, over.signal).then(() => false)]);
  over.abort();
  return settled;
}
