import { LoggingError, show } from "@cordwood/core";

/** One step of a path: a name, any one name (`*`), or any number of steps (`**`). */
export type Segment = { readonly kind: "name"; readonly name: string } | { readonly kind: "any" } | { readonly kind: "deep" };

const PLAIN = /[^.[\]"'`]+/y;
const INDEX = /\[(\*\*?|\d+)\]/y;
const QUOTED = /\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)\]/y;

/**
 * The steps of a path such as `req.headers["x-api-key"]`, `users[*].password`, `a.*.b` or `**.token`.
 * @throws LoggingError for what is no path.
 */
export function parsePath(path: unknown, owner: string): readonly Segment[] {
  if (typeof path !== "string" || path === "")
    throw new LoggingError("PATH_INVALID", `${owner} is ${show(path)}; give a path such as "req.headers.cookie"`);
  const segments: Segment[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < path.length) {
    if (path[at] === "[") {
      const index = take(INDEX);
      const quoted = index === null ? take(QUOTED) : null;
      if (index !== null) segments.push(segmentOf(index[1]!));
      else if (quoted !== null) segments.push({ kind: "name", name: (quoted[1] ?? quoted[2] ?? quoted[3] ?? "").replace(/\\(.)/g, "$1") });
      else throw wrong(path, at, owner);
      continue;
    }
    if (at > 0) {
      if (path[at] !== ".") throw wrong(path, at, owner);
      at++;
      if (path[at] === "[") throw wrong(path, at, owner);
    }
    const name = take(PLAIN);
    if (name === null) throw wrong(path, at, owner);
    segments.push(segmentOf(name[0]));
  }
  return segments;
}

const segmentOf = (text: string): Segment =>
  text === "*" ? { kind: "any" } : text === "**" ? { kind: "deep" } : { kind: "name", name: text };

const wrong = (path: string, at: number, owner: string): LoggingError =>
  new LoggingError(
    "PATH_INVALID",
    `${owner} is ${show(path)}, which is no path from character ${at + 1} on; write a.b, a[0], a[*], a["b.c"] or **.b`,
  );
