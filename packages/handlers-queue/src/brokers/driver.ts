/** One record as it goes to a broker. */
export interface OutgoingMessage {
  /** The same each time it is sent: what tells a duplicate. */
  readonly id: string;
  readonly body: string;
  /** It was sent before: the broker may have it already. The driver notes it as it sends. */
  again?: boolean;
}

/** One record as a broker hands it out. */
export interface IncomingMessage {
  readonly id: string;
  readonly body: string;
  /** Its sender says that it sent it before. */
  readonly again?: boolean;
  /** How often it has been handed out, this time included. */
  readonly tries: number;
  /** Where the broker has it: a copy that its sender sent again has another place, the same one handed out again has not. */
  readonly place: string | number;
  /** What the driver knows it by. */
  readonly token: unknown;
}

/** A connection that records are sent over. */
export interface BrokerSender {
  /**
   * Sends in order. Calls `confirmed` as the broker says that it keeps them, oldest first. Rejects when not all could be sent: with a
   * {@link RefusedError} when the broker refuses the first one that is not confirmed.
   */
  send(messages: readonly OutgoingMessage[], confirmed: (count: number) => void): Promise<void>;
  close(): Promise<void>;
}

/** A connection that records are received over. */
export interface BrokerReceiver {
  /** These are handled: the broker may forget them. */
  acknowledge(messages: readonly IncomingMessage[]): Promise<void>;
  /** It is to come again. */
  putBack(message: IncomingMessage): Promise<void>;
  /** It is to go where undeliverable records go, and not to come again. */
  bury(message: IncomingMessage): Promise<void>;
  /** Settles when the broker has nothing more for us now. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** How to reach one kind of broker. */
export interface BrokerDriver {
  /** Which broker where, for texts; never with credentials. */
  readonly label: string;
  openSender(onLost: (error: unknown) => void): Promise<BrokerSender>;
  /** @param deliver takes a message; the driver hands out no more than `prefetch` that are not acknowledged. */
  openReceiver(deliver: (message: IncomingMessage) => void, onLost: (error: unknown) => void): Promise<BrokerReceiver>;
}

/** The broker answered and said no: sending the same again gets the same answer. */
export class RefusedError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "RefusedError";
  }
}

/**
 * Waits for the broker's answers to messages sent in order, and tells how many of the first ones it has kept.
 * @param isAnswer whether an error came from the broker itself: the connection is in order, and the message is refused.
 */
export async function settleInOrder(
  answers: readonly Promise<unknown>[],
  confirmed: (count: number) => void,
  isAnswer: (error: unknown) => boolean,
): Promise<void> {
  const settled = await Promise.allSettled(answers);
  let kept = 0;
  while (kept < settled.length && settled[kept]?.status === "fulfilled") kept++;
  if (kept > 0) confirmed(kept);
  const failure = settled[kept];
  if (failure?.status === "rejected") throw isAnswer(failure.reason) ? new RefusedError(failure.reason) : failure.reason;
}
