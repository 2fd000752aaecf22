import { attempt, isPlainObject } from "@cordwood/core";
import { delay, filledText, flag, isList, isText, isWhole, type Kind, oneOf, orNull, positive, text, wholeFrom } from "./kinds.js";
import { namesWith, tableWith } from "./table-kind.js";

const port: Kind = wholeFrom("a port number, 1 to 65535", 1, 65_535);

/** `host`, or `[host, port]` as Python's tuples arrive. */
export const mailHost: Kind = {
  expected: "a host, or [host, port]",
  accepts: (value) => (isText(value) && value !== "") || (isList(value) && value.length === 2 && isText(value[0]) && isWhole(value[1])),
  schema: {
    anyOf: [
      { type: "string", minLength: 1 },
      { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], minItems: 2, maxItems: 2 },
    ],
  },
};

/** Python's `secure`: an empty tuple asks for STARTTLS. Its key files went with Python 3.12; ours go under `tls`. */
export const mailSecurity: Kind = {
  expected: '[] or true for STARTTLS, "implicit", or false; a key and certificate go under tls',
  accepts: (value) => value === null || typeof value === "boolean" || value === "implicit" || (isList(value) && value.length === 0),
  schema: { anyOf: [{ enum: [true, false, null, "implicit"] }, { type: "array", maxItems: 0 }] },
  become: (value) => value ?? undefined,
};

/** Python's `socktype`: nothing, or `ext://socket.SOCK_STREAM` and `ext://socket.SOCK_DGRAM`, which are 1 and 2. */
export const socketType: Kind = {
  expected: "ext://socket.SOCK_STREAM or ext://socket.SOCK_DGRAM",
  accepts: (value) => value === null || value === 1 || value === 2,
  schema: { enum: ["ext://socket.SOCK_STREAM", "ext://socket.SOCK_DGRAM", 1, 2, null] },
  become: (value) => value ?? undefined,
};

export const facility: Kind = {
  expected: "a syslog facility: its name, such as local0, or its number",
  accepts: (value) => isText(value) || (isWhole(value) && value >= 0 && value <= 23),
  schema: {
    anyOf: [
      { type: "string", minLength: 1 },
      { type: "integer", minimum: 0, maximum: 23 },
    ],
  },
};

export const method: Kind = {
  expected: "GET or POST",
  accepts: (value) => isText(value) && /^(get|post)$/i.test(value),
  schema: { type: "string", pattern: "^([gG][eE][tT]|[pP][oO][sS][tT])$" },
};

const addressText: Kind = {
  expected: "[host, port], or the path of a socket",
  accepts: (value) =>
    (isText(value) && value !== "") ||
    (isList(value) && value.length === 2 && isText(value[0]) && value[0] !== "" && port.accepts(value[1])),
  schema: {
    anyOf: [
      { type: "string", minLength: 1 },
      {
        type: "array",
        prefixItems: [
          { type: "string", minLength: 1 },
          { type: "integer", minimum: 1, maximum: 65_535 },
        ],
        minItems: 2,
        maxItems: 2,
      },
    ],
  },
};

/** Where syslog listens: `[host, port]`, a socket's path, or `{ host, port }`. */
export const address: Kind = {
  ...tableWith({ host: filledText, port }, { required: ["host", "port"], or: addressText }),
  become: (value) => (isPlainObject(value) ? [value["host"], value["port"]] : value),
};

const pem: Kind = {
  expected: "PEM text or the name of a PEM file",
  accepts: (value) => (isText(value) && value !== "") || attempt(() => value instanceof Uint8Array, false),
  schema: { type: "string", minLength: 1 },
};

const pems: Kind = {
  expected: `${pem.expected}, or a list of them`,
  accepts: (value) => pem.accepts(value) || (isList(value) && value.every(pem.accepts)),
  schema: { anyOf: [pem.schema, { type: "array", items: pem.schema }] },
};

/** What differs from Node's defaults of TLS. */
export const tls: Kind = tableWith(
  { ca: pems, cert: pem, key: pem, passphrase: text, serverName: filledText, minVersion: oneOf("TLSv1.2", "TLSv1.3") },
  {
    or: {
      expected: "true or false",
      accepts: (value) => value === null || typeof value === "boolean",
      schema: { type: ["boolean", "null"] },
      become: (value) => (value === true ? value : undefined),
    },
  },
);

/** Where unconfirmed records are kept on disk. */
export const spool: Kind = orNull(
  tableWith(
    { directory: { ...filledText, expected: "the name of a folder" }, maxBytes: positive, segmentBytes: positive, syncIntervalMs: delay },
    { required: ["directory"] },
  ),
);

/** Many records in one mail. */
export const digest: Kind = tableWith({ maxRecords: positive, maxDelayMs: delay, minIntervalMs: delay }, { or: flag });

/** A user's name and password, as Python's tuples arrive. */
export const login: Kind = {
  expected: "[user, password]",
  accepts: (value) => value === null || (isList(value) && value.length === 2 && value.every(isText)),
  schema: { anyOf: [{ type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 }, { type: "null" }] },
  become: (value) => value ?? undefined,
};

/** A user's name and password, or a token. */
export const loginOrBearer: Kind = tableWith({ bearer: text }, { required: ["bearer"], or: login });

/** Headers of a request. */
export const headers: Kind = orNull(namesWith(text, "an object of texts by name"));
