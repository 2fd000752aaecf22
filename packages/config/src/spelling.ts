/** `max_bytes` as `maxBytes`. */
export const camel = (key: string): string => key.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `maxBytes` as `max_bytes`. */
export const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The key as it is known: as given, or in camelCase. */
export const knownKey = (key: string, known: Readonly<Record<string, unknown>>): string | undefined => {
  if (Object.hasOwn(known, key)) return key;
  const other = camel(key);
  return Object.hasOwn(known, other) ? other : undefined;
};

/** The key's spellings that a document may use: ours, and Python's when it differs. */
export const spellings = (key: string): readonly string[] => [...new Set([key, snake(key)])];
