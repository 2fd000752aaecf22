interface ProcessLike {
  on?(event: "exit", listener: () => void): unknown;
  prependListener?(event: "exit", listener: () => void): unknown;
}

const tasks = new Set<() => void>();
let state: "unhooked" | "running" | "exiting" = "unhooked";

/** Whether the process has begun to exit: nothing that needs another turn of the event loop will happen. */
export const isExiting = (): boolean => state === "exiting";

/** Runs a task when the process exits, after the handlers were flushed. Returns the way to take it back. */
export function atExit(task: () => void): () => void {
  if (state === "unhooked") {
    state = "running";
    const { process } = globalThis as { process?: ProcessLike };
    // First of all listeners: handlers that are flushed at exit hand over at once from then on.
    process?.prependListener?.("exit", () => {
      state = "exiting";
    });
    process?.on?.("exit", () => {
      for (const each of tasks) each();
    });
  }
  tasks.add(task);
  return () => void tasks.delete(task);
}
