import { isPlainObject } from "@cordwood/core";
import { isList, isText, isWhole, type Kind } from "./kinds.js";

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

/** Where syslog listens: `[host, port]`, a socket's path, or `{ host, port }`. */
export const address: Kind = {
  expected: "[host, port], or the path of a socket",
  accepts: (value) =>
    (isText(value) && value !== "") ||
    (isList(value) && value.length === 2 && isText(value[0]) && isWhole(value[1])) ||
    (isPlainObject(value) && isText(value["host"]) && isWhole(value["port"])),
  schema: {
    anyOf: [
      { type: "string", minLength: 1 },
      { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], minItems: 2, maxItems: 2 },
      {
        type: "object",
        properties: { host: { type: "string" }, port: { type: "integer" } },
        required: ["host", "port"],
        additionalProperties: false,
      },
    ],
  },
  become: (value) => (isPlainObject(value) ? [value["host"], value["port"]] : value),
};

/** Python's `socktype`: nothing, or `ext://socket.SOCK_STREAM` and `ext://socket.SOCK_DGRAM`, which are 1 and 2. */
export const socketType: Kind = {
  expected: "ext://socket.SOCK_STREAM or ext://socket.SOCK_DGRAM",
  accepts: (value) => value === null || value === 1 || value === 2,
  schema: { enum: ["ext://socket.SOCK_STREAM", "ext://socket.SOCK_DGRAM", 1, 2, null] },
  become: (value) => value ?? undefined,
};

export const tls: Kind = {
  expected: "true or an object of options",
  accepts: (value) => value === null || typeof value === "boolean" || isPlainObject(value),
  schema: { anyOf: [{ type: ["boolean", "null"] }, { type: "object" }] },
  become: (value) => (value === false || value === null ? undefined : value),
};

/** A user's name and password. */
export const credentials: Kind = {
  expected: "[user, password]",
  accepts: (value) => value === null || (isList(value) && value.length === 2 && value.every(isText)) || isPlainObject(value),
  schema: { anyOf: [{ type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 }, { type: "object" }, { type: "null" }] },
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
