/** Something that holds records which have not left the process yet. */
export interface Lingering {
  /** Records held. */
  readonly pending: number;
  /** Nothing else will come: what waits for company need not wait any longer. */
  hurry(): void;
  /** The process ends now: what is still held is lost, or stays on disk. Counts and reports it. */
  abandon(): void;
}

/** How long a process that has nothing else to do waits for records to leave. */
const EXIT_WAIT_MS = 5_000;
const POLL_MS = 10;

const lingering = new Set<Lingering>();
let hooked = false;
let spent = false;

/**
 * Nothing in this package keeps a process alive: sockets and timers are unreferenced. A process that would end while records are
 * held is given up to five seconds for them; what then remains is counted and reported.
 */
export const linger = (holder: Lingering): void => {
  lingering.add(holder);
  if (hooked) return;
  hooked = true;
  const { process } = globalThis as { process?: NodeJS.Process };
  if (typeof process?.on !== "function") return;
  process.on("beforeExit", wait);
  process.on("exit", abandonAll);
};

/** The holder is closed and empty. */
export const lingerNoMore = (holder: Lingering): void => void lingering.delete(holder);

const anyPending = (): boolean => {
  for (const holder of lingering) if (holder.pending > 0) return true;
  return false;
};

const wait = (): void => {
  if (spent || !anyPending()) return;
  for (const holder of lingering) if (holder.pending > 0) holder.hurry();
  const deadline = Date.now() + EXIT_WAIT_MS;
  const timer = setInterval(() => {
    spent = Date.now() >= deadline;
    if (spent || !anyPending()) clearInterval(timer);
  }, POLL_MS);
};

const abandonAll = (): void => {
  for (const holder of lingering) if (holder.pending > 0) holder.abandon();
};
