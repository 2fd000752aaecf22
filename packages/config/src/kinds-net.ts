import { attempt, isPlainObject } from "@cordwood/core";
import { orReference } from "./json-schema.js";
import {
  delay,
  filledText,
  flag,
  isList,
  isText,
  isWhole,
  type Kind,
  oneOf,
  orNull,
  portNumber,
  positive,
  text,
  wholeFrom,
} from "./kinds.js";
import { namesWith, tableWith } from "./table-kind.js";

const port: Kind = wholeFrom("a port number, 1 to 65535", 1, 65_535);

// What would end a header of a mail, and begin another.
const CONTROL = "[\\u0000-\\u0008\\u000a-\\u001f\\u007f]";

const withoutControl = (expected: string, minLength: number): Kind => ({
  expected,
  accepts: (value) => isText(value) && value.length >= minLength && !new RegExp(CONTROL).test(value),
  schema: { type: "string", minLength, not: { pattern: CONTROL } },
});

/** Something for the header of a mail. */
export const headerText: Kind = withoutControl("a text without line breaks and control characters", 0);
/** An address of a mail. */
export const mailAddress: Kind = withoutControl("an address: a text without line breaks and control characters", 1);

/** Addresses of a mail. */
export const mailAddresses: Kind = {
  expected: "an address or a list of addresses",
  accepts: (value) => mailAddress.accepts(value) || isList(value),
  schema: { anyOf: [mailAddress.schema, { type: "array", items: orReference(mailAddress.schema) }] },
  items: mailAddress,
};

/** `host`, or `[host, port]` as Python's tuples arrive. */
export const mailHost: Kind = {
  expected: "a host, or [host, port]",
  accepts: (value) =>
    mailAddress.accepts(value) ||
    (isList(value) && value.length === 2 && mailAddress.accepts(value[0]) && (value[1] === null || portNumber.accepts(value[1]))),
  schema: {
    anyOf: [
      mailAddress.schema,
      { type: "array", prefixItems: [mailAddress.schema, { anyOf: [portNumber.schema, { type: "null" }] }], minItems: 2, maxItems: 2 },
    ],
  },
};

const matching = (expected: string, pattern: string): Kind => ({
  expected,
  accepts: (value) => isText(value) && new RegExp(pattern).test(value),
  schema: { type: "string", pattern },
});

/** Where requests go: no more than a name and a port. */
export const httpHost: Kind = matching("a host's name, with or without :port", '^[!"$-.0-9:;<=>A-\\[\\]-~]+$');
export const httpUrl: Kind = matching("a path or URL in printable ASCII", "^[!-~]+$");

/** A port that can be sent to over UDP. */
export const datagramPort: Kind = {
  ...port,
  expected: `${port.expected} (Node has no Unix datagram sockets; use SocketHandler with a Unix socket)`,
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

// RFC 5424 §6.2.1, table 1, by CPython's names.
const FACILITIES =
  "auth authpriv console cron daemon ftp kern local0 local1 local2 local3 local4 local5 local6 local7 lpr mail news ntp security solaris-cron syslog user uucp".split(
    " ",
  );

export const facility: Kind = {
  expected: `a syslog facility, 0 to 23 or one of ${FACILITIES.join(", ")}`,
  accepts: (value) => FACILITIES.includes(value as string) || (isWhole(value) && value >= 0 && value <= 23),
  schema: { anyOf: [{ enum: FACILITIES }, { type: "integer", minimum: 0, maximum: 23 }] },
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
