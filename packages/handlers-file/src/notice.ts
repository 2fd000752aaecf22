/** What the parts of a handler tell about themselves, in words for a person; the reporter holds repetitions of a cause back. */
export type Notice = (cause: string, message: string, error?: unknown) => void;
