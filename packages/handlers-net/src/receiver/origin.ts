/** Where a received record came from: set by the receiver as the field `origin`, which a sender cannot set. */
export interface Origin {
  readonly transport: "tcp" | "tls" | "unix" | "udp" | "http" | "https";
  /** Address of the peer, or the path of the Unix socket. */
  readonly address: string;
  /** Port of the peer. */
  readonly port?: number;
  /** Name in the peer's certificate, when it had to show one. */
  readonly certificate?: string;
  /** Receivers the record has passed, this one included. */
  readonly hops: number;
  /** Who numbered the record, and its number, under acknowledged delivery. */
  readonly source?: string;
  readonly sequence?: number;
}

/** A record that has passed more receivers than this is going round in a circle. */
export const MAX_HOPS = 4;

/** An origin as a field: without a prototype and frozen, one for all records of a connection. */
export const makeOrigin = (origin: Omit<Origin, "hops">, hops = 1): Origin =>
  Object.freeze(Object.assign(Object.create(null) as object, origin, { hops }) as Origin);
