import { LoggingError } from "@cordwood/core";

/** Shortest secret, in bytes: as long as what SHA-256 gives (RFC 2104 §3). */
const SHORTEST_SECRET = 32;
const VERSION = "cordwood1";
const HEADER = /^cordwood1 ([\w.-]{1,64}) (\d{1,15}) ([0-9a-f]{32}) ([0-9a-f]{64})\n/;
const LONGEST_HEADER = 256;
/** Most messages remembered against being sent again. */
const MOST_NONCES = 10_000;

/** What a signature is made with. */
export interface HmacSignerOptions {
  /** At least 32 bytes that only the two sides know. */
  readonly secret: string | Uint8Array;
  /** The name of the secret, by which the receiver finds it and which its log shows. Default `"default"`. */
  readonly key?: string;
}

export interface HmacVerifierOptions {
  /** The one secret, under the name `"default"`. */
  readonly secret?: string | Uint8Array;
  /** Secrets by the names of those who hold them. */
  readonly keys?: Readonly<Record<string, string | Uint8Array>>;
  /** How far the clocks of the two sides may be apart, in milliseconds; a message is good for as long. Default 60 000. */
  readonly toleranceMs?: number;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number;
}

/** A message that was accepted. */
export interface Verified {
  readonly payload: Uint8Array;
  /** Who sent it, for the record in the log. */
  readonly who: string;
}

const crypto = (): typeof import("node:crypto") => process.getBuiltinModule("crypto");

const secretOf = (secret: string | Uint8Array, what: string): Uint8Array => {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (bytes.length >= SHORTEST_SECRET) return bytes;
  throw new LoggingError(
    "SECRET_SHORT",
    `${what} has ${bytes.length} bytes; give at least ${SHORTEST_SECRET}, such as crypto.randomBytes(32)`,
  );
};

const signatureOf = (secret: Uint8Array, head: string, payload: Uint8Array): Buffer =>
  crypto().createHmac("sha256", secret).update(`${head}\n`).update(payload).digest();

/**
 * Signs messages for {@link hmacVerifier}: HMAC-SHA-256 over the key's name, the time, a number used once, and the message.
 * @throws LoggingError `SECRET_SHORT`
 */
export const hmacSigner = (options: HmacSignerOptions): ((payload: Uint8Array) => Uint8Array) => {
  const secret = secretOf(options.secret, "the secret");
  const key = options.key ?? "default";
  if (!/^[\w.-]{1,64}$/.test(key))
    throw new LoggingError("OPTION_INVALID", `key is ${JSON.stringify(key)}; give up to 64 letters, digits, dots, dashes and underscores`);
  return (payload) => {
    const head = `${VERSION} ${key} ${Date.now()} ${crypto().randomBytes(16).toString("hex")}`;
    return Buffer.concat([Buffer.from(`${head} ${signatureOf(secret, head, payload).toString("hex")}\n`), payload]);
  };
};

/**
 * A `verify` for `listen` that accepts what {@link hmacSigner} signed with the same secret, once, within a minute, and nothing that is
 * older than the verifier itself.
 * @throws LoggingError `SECRET_SHORT`, `OPTION_INVALID`
 */
export const hmacVerifier = (options: HmacVerifierOptions): ((message: Uint8Array) => Verified | null) => {
  const given: Record<string, string | Uint8Array> = {
    ...options.keys,
    ...(options.secret === undefined ? {} : { default: options.secret }),
  };
  const keys = new Map(Object.keys(given).map((key) => [key, secretOf(given[key] ?? "", `the secret of ${key}`)]));
  if (keys.size === 0) throw new LoggingError("OPTION_INVALID", "hmacVerifier was given no secret; give secret or keys");
  const toleranceMs = options.toleranceMs ?? 60_000;
  const clock = options.clock ?? Date.now;
  const startedMs = clock();
  const stranger = crypto().randomBytes(SHORTEST_SECRET);
  /** When each number used once may be forgotten. */
  const used = new Map<string, number>();
  return (message) => {
    const header = HEADER.exec(Buffer.from(message.subarray(0, LONGEST_HEADER)).toString("latin1"));
    if (header === null) return null;
    const [whole, key, time, nonce, signature] = header as unknown as [string, string, string, string, string];
    const payload = message.subarray(whole.length);
    const expected = signatureOf(keys.get(key) ?? stranger, `${VERSION} ${key} ${time} ${nonce}`, payload);
    // Compared before anything else is looked at, and in the same time wherever they differ.
    if (!crypto().timingSafeEqual(expected, Buffer.from(signature, "hex")) || !keys.has(key)) return null;
    const nowMs = clock();
    const sentMs = Number(time);
    if (Math.abs(nowMs - sentMs) > toleranceMs || sentMs < startedMs - 1_000) return null;
    for (const [old, until] of used) if (until < nowMs) used.delete(old);
    if (used.has(nonce) || used.size >= MOST_NONCES) return null;
    used.set(nonce, sentMs + toleranceMs);
    return { payload, who: key };
  };
};
