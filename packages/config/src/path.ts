/** The path of a member: `handlers` and `audit` give `handlers.audit`; a name that would be misread is quoted. */
export const join = (path: string, key: string | number): string => {
  if (typeof key === "number") return `${path}[${key}]`;
  const plain = key !== "." && /^[\w.()$-]+$/u.test(key);
  if (path === "") return plain ? key : `[${JSON.stringify(key)}]`;
  return plain ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
};

/**
 * The keys of a path such as `handlers.audit.filters[0]`. Names may have dots themselves, as those of loggers do: at each step the longest
 * key that is in the document counts.
 */
export const keysOf = (path: string, document: unknown): (string | number)[] => {
  const parts: (string | number)[] = [];
  for (const found of path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (found[1] !== undefined) parts.push(Number(found[1]));
    else parts.push(found[2] === undefined ? (found[3] as string) : (JSON.parse(found[2]) as string));
  }
  const keys: (string | number)[] = [];
  let at = document;
  for (let from = 0; from < parts.length; ) {
    let to = parts.length;
    while (to > from + 1 && !has(at, parts.slice(from, to).join("."))) to--;
    const key = to === from + 1 ? (parts[from] as string | number) : parts.slice(from, to).join(".");
    keys.push(key);
    at = has(at, key) ? (at as Record<string | number, unknown>)[key] : undefined;
    from = to;
  }
  return keys;
};

const has = (value: unknown, key: string | number): boolean => typeof value === "object" && value !== null && Object.hasOwn(value, key);
