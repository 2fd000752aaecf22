import { LoggingError } from "@cordwood/core";
import type { LoggingConfig } from "./document.js";
import type { LoggingTree } from "./tree.js";

/** What {@link sendConfig} takes beside the configuration. */
export interface SendOptions {
  /** Default 9030. */
  readonly port?: number;
  /** Default `"127.0.0.1"`. */
  readonly host?: string;
  /** Signs the message: `hmacSigner({ secret })`. Default: it is sent as it is. */
  readonly sign?: (message: Uint8Array) => Uint8Array;
  /** Longest time for all of it, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /** The former configuration returns after so many milliseconds; Python's server takes no notice. Default: never. */
  readonly lifetimeMs?: number;
  /** Whether to wait for the answer, which Python's server does not give. Only for a document, not for a text. Default `false`. */
  readonly reply?: boolean;
}

/** What became of a configuration that was sent. */
export interface SendResult {
  /** `undefined`: the far side said nothing, as Python's does. */
  readonly ok: boolean | undefined;
  /** What was changed, in words. */
  readonly changed: readonly string[];
  /** Why it was not applied. */
  readonly error: string | undefined;
}

const LARGEST_REPLY = 16 * 1024 * 1024;

/**
 * Sends a configuration to a running program: a document, or the text of a JSON or INI file as it stands.
 * @throws LoggingError `SEND_FAILED`
 */
export const sendConfig = async (config: LoggingConfig | string | Uint8Array, options: SendOptions = {}): Promise<SendResult> => {
  const answer = await exchange(payloadOf(config, options), options);
  if (answer === undefined) return { ok: undefined, changed: [], error: undefined };
  const { ok, changed, error } = answer as { ok?: boolean; changed?: readonly string[]; error?: string };
  return { ok, changed: changed ?? [], error };
};

/** How the loggers of a running program stand. @throws LoggingError `SEND_FAILED`, `REPLY_MISSING` */
export const fetchTree = async (options: SendOptions = {}): Promise<LoggingTree> => {
  const answer = (await exchange(new TextEncoder().encode('{"cordwood":"tree"}'), options)) as { tree?: LoggingTree } | undefined;
  if (answer?.tree !== undefined) return answer.tree;
  throw new LoggingError(
    "REPLY_MISSING",
    "the program did not answer; it does not listen with Cordwood, or its verify did not accept the question",
  );
};

const payloadOf = (config: LoggingConfig | string | Uint8Array, { lifetimeMs, reply }: SendOptions): Uint8Array => {
  if (config instanceof Uint8Array) return config;
  const encoder = new TextEncoder();
  if (typeof config !== "string")
    return encoder.encode(JSON.stringify({ ...config, ...(lifetimeMs === undefined ? {} : { lifetimeMs }), ...(reply ? { reply } : {}) }));
  if (lifetimeMs !== undefined || reply)
    throw new LoggingError("OPTION_INVALID", "sendConfig: lifetimeMs and reply go with a document; a text is sent as it stands");
  return encoder.encode(config);
};

const exchange = (payload: Uint8Array, options: SendOptions): Promise<unknown> => {
  const { port = 9030, host = "127.0.0.1", timeoutMs = 10_000 } = options;
  const body = options.sign === undefined ? payload : options.sign(payload);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  const { connect } = process.getBuiltinModule("net");
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let held = 0;
    const failed = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new LoggingError("SEND_FAILED", `sending to ${host}:${port}: ${why}`, { cause }));
    };
    const socket = connect({ host, port }, () => socket.end(Buffer.concat([head, body])));
    const timer = setTimeout(() => failed(`not done after ${timeoutMs} ms`), timeoutMs);
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      held += chunk.length;
      if (held > LARGEST_REPLY) failed(`an answer of more than ${LARGEST_REPLY} bytes`);
    });
    socket.once("error", (error) => failed(error.message, error));
    socket.once("close", () => {
      clearTimeout(timer);
      const reply = Buffer.concat(chunks);
      if (reply.length < 4) return resolve(undefined);
      try {
        resolve(JSON.parse(reply.subarray(4).toString("utf8")));
      } catch (error) {
        failed("the answer is no JSON", error);
      }
    });
  });
};
