let senders = 0;

/** A name for the sending end of a ring that no other one has: of this process, of another, or of one that was. */
export const newSenderName = (): string =>
  `${(globalThis as { process?: { pid?: number } }).process?.pid ?? 0}.${Date.now().toString(36)}.${++senders}`;
