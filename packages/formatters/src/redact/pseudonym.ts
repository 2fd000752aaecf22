import { LoggingError } from "@cordwood/core";
import { builtin } from "../surroundings.js";
import { sha256 } from "./sha256.js";

interface NodeCrypto {
  createHmac(algorithm: string, key: Uint8Array): { update(data: Uint8Array): { digest(encoding: "hex"): string } };
}

/** Shorter keys can be guessed, and with them the values behind the pseudonyms. */
const SHORTEST_KEY = 16;
const BLOCK = 64;

/**
 * A function that gives the same pseudonym for the same text: `hmac-sha256:` and the HMAC-SHA-256 (RFC 2104) of its UTF-8 bytes in
 * hexadecimal. @throws LoggingError for a key under 16 bytes.
 */
export function pseudonymizer(key: string | Uint8Array): (text: string) => string {
  const bytes = typeof key === "string" ? new TextEncoder().encode(key) : key;
  if (!(bytes instanceof Uint8Array) || bytes.length < SHORTEST_KEY)
    throw new LoggingError(
      "OPTION_INVALID",
      `RedactFilter: mode.hmac has to be a key of at least ${SHORTEST_KEY} bytes; give a random text or Uint8Array`,
    );
  const kept = bytes.slice();
  const crypto = builtin<NodeCrypto>("node:crypto");
  const digest = crypto === undefined ? hmac(kept) : (data: Uint8Array) => crypto.createHmac("sha256", kept).update(data).digest("hex");
  const encoder = new TextEncoder();
  return (text) => `hmac-sha256:${digest(encoder.encode(text))}`;
}

/** RFC 2104 over our own SHA-256. */
export function hmac(key: Uint8Array): (data: Uint8Array) => string {
  const block = new Uint8Array(BLOCK);
  block.set(key.length > BLOCK ? sha256(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (data) => hex(sha256(joined(outer, sha256(joined(inner, data)))));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const result = new Uint8Array(first.length + second.length);
  result.set(first);
  result.set(second, first.length);
  return result;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
