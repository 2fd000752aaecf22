import type { Buffer } from "node:buffer";
import { LoggingError } from "@cordwood/core";

/**
 * TLS for every handler and the receiver, one set of options and one set of rules: the peer's certificate and name are always
 * verified by a client, and nothing older than TLS 1.2 is spoken.
 */
export interface TlsOptions {
  /** Certificates to trust in place of Node's own list: PEM text, or the path of a PEM file. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Own certificate: PEM text, or the path of a PEM file. A server needs one; a client shows it when asked. */
  readonly cert?: string | Buffer;
  /** Key of `cert`: PEM text, or the path of a PEM file. */
  readonly key?: string | Buffer;
  /** Passphrase of `key`. */
  readonly passphrase?: string;
  /** Client only: name the server's certificate must carry. Default: the host connected to. */
  readonly serverName?: string;
  /** Oldest protocol spoken. Default `"TLSv1.2"`, which is also the oldest allowed. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Server only: whether a client must show a certificate that `ca` vouches for. Default `false`. */
  readonly requestCert?: boolean;
}

/** What `node:tls` is given. */
export interface TlsMaterial {
  ca?: (string | Buffer)[];
  cert?: string | Buffer;
  key?: string | Buffer;
  passphrase?: string;
  servername?: string;
  minVersion: "TLSv1.2" | "TLSv1.3";
  rejectUnauthorized: boolean;
  requestCert?: boolean;
}

/** Which end of a connection the options are for, and the one option that would mean nothing there. */
type End = "client" | "server";
const KNOWN: Readonly<Record<keyof TlsOptions, End | "both">> = {
  ca: "both",
  cert: "both",
  key: "both",
  passphrase: "both",
  serverName: "client",
  minVersion: "both",
  requestCert: "server",
};

/**
 * Reads certificates from their files again whenever a file has changed, so that renewed ones are taken up by the next connection.
 * While a renewal is half written the last readable state stays in use.
 */
export class TlsSource {
  readonly #options: TlsOptions;
  #seen = "";
  #material: TlsMaterial;

  /** @throws LoggingError `TLS_OPTION_INVALID` for an unknown option, an unreadable file or a protocol that is too old */
  constructor(options: TlsOptions | true, owner: string, end: End = "client") {
    this.#options = options === true ? {} : options;
    check(this.#options, owner, end);
    this.#seen = this.#stamp();
    try {
      this.#material = read(this.#options);
    } catch (error) {
      throw new LoggingError("TLS_OPTION_INVALID", `${owner}: a file of tls could not be read; give PEM text or the path of a PEM file`, {
        cause: error,
      });
    }
  }

  /** What to connect or listen with now. */
  material(): TlsMaterial {
    const stamp = this.#stamp();
    if (stamp !== this.#seen) {
      try {
        this.#material = read(this.#options);
        this.#seen = stamp;
      } catch {
        // A file is being replaced: the certificates in use stay until all are readable.
      }
    }
    return this.#material;
  }

  /** Whether a file has changed since the last `material()`. */
  get changed(): boolean {
    return this.#stamp() !== this.#seen;
  }

  #stamp(): string {
    const { ca, cert, key } = this.#options;
    return [...(Array.isArray(ca) ? ca : [ca]), cert, key].map(stampOf).join("|");
  }
}

/** Nothing of a value is shown: it may be a key. */
const check = (options: TlsOptions, owner: string, end: End): void => {
  const refuse = (what: string): never => {
    throw new LoggingError("TLS_OPTION_INVALID", `${owner}: ${what}`);
  };
  if (typeof options !== "object" || options === null || Array.isArray(options))
    refuse("tls is no object of options; give one, or leave it out");
  const known = Object.keys(KNOWN).filter((key) => [end, "both"].includes(KNOWN[key as keyof TlsOptions]));
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) refuse(`tls has no option ${JSON.stringify(key)} for a ${end}; known are ${known.join(", ")}`);
  }
  const { ca, cert, key, passphrase, serverName, requestCert, minVersion } = options;
  for (const [name, value] of Object.entries({ cert, key }))
    if (!isPemOrPath(value)) refuse(`tls.${name} is neither PEM text nor the path of a PEM file`);
  if (!(Array.isArray(ca) ? ca : [ca]).every(isPemOrPath))
    refuse("tls.ca is neither PEM text nor the path of a PEM file, nor a list of them");
  for (const [name, value] of Object.entries({ passphrase, serverName }))
    if (value !== undefined && typeof value !== "string") refuse(`tls.${name} is a ${typeof value}; give text`);
  if (requestCert !== undefined && typeof requestCert !== "boolean") refuse("tls.requestCert takes true or false");
  if (minVersion !== undefined && minVersion !== "TLSv1.2" && minVersion !== "TLSv1.3") {
    throw new LoggingError("TLS_OPTION_INVALID", `${owner}: tls.minVersion is ${JSON.stringify(minVersion)}; give "TLSv1.2" or "TLSv1.3"`);
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new LoggingError("TLS_OPTION_INVALID", `${owner}: tls.cert and tls.key belong together; give both or neither`);
  }
};

const read = (options: TlsOptions): TlsMaterial => {
  const { ca, cert, key, passphrase, serverName, minVersion, requestCert } = options;
  return {
    minVersion: minVersion ?? "TLSv1.2",
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: (Array.isArray(ca) ? ca : [ca]).map(pem) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(requestCert === undefined ? {} : { requestCert }),
  };
};

const isPemOrPath = (value: unknown): boolean =>
  value === undefined || (typeof value === "string" && value !== "") || value instanceof Uint8Array;

/** Node's file system, asked for when a path is given: this file is also part of the build for browsers. */
const fileSystem = (): typeof import("node:fs") => process.getBuiltinModule("node:fs");

const isPath = (value: string | Buffer | undefined): value is string => typeof value === "string" && !value.includes("-----BEGIN");

const pem = (value: string | Buffer): string | Buffer => (isPath(value) ? fileSystem().readFileSync(value) : value);

const stampOf = (value: string | Buffer | undefined): string => {
  if (!isPath(value)) return "";
  try {
    const { mtimeMs, size, ino } = fileSystem().statSync(value);
    return `${mtimeMs}:${size}:${ino}`;
  } catch {
    return "missing";
  }
};
