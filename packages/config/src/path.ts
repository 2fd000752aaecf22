/** The path of a member: `handlers` and `audit` give `handlers.audit`; a name that would be misread is quoted. */
export const join = (path: string, key: string | number): string => {
  if (typeof key === "number") return `${path}[${key}]`;
  const plain = key !== "." && /^[\w.()$-]+$/u.test(key);
  if (path === "") return plain ? key : `[${JSON.stringify(key)}]`;
  return plain ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
};

/** The keys of a path such as `handlers.audit.filters[0]`. A logger's name has dots itself. */
export const keysOf = (path: string): (string | number)[] => {
  const keys: (string | number)[] = [];
  for (const found of path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (found[1] !== undefined) keys.push(Number(found[1]));
    else keys.push(found[2] === undefined ? (found[3] as string) : (JSON.parse(found[2]) as string));
  }
  if (keys[0] !== "loggers" || keys.length <= 2) return keys;
  const last = keys.findIndex((key, index) => index > 1 && ["level", "propagate", "handlers", "filters"].includes(String(key)));
  const end = last === -1 ? keys.length : last;
  return ["loggers", keys.slice(1, end).join("."), ...keys.slice(end)];
};
