/** The known name nearest to a misspelt one: at most a third of its letters may differ, or it is the beginning of one name alone. */
export const nearest = (given: string, known: Iterable<string>): string | undefined => {
  const wanted = fold(given);
  let best: string | undefined;
  let least = Math.floor(Math.max(given.length, 3) / 3) + 1;
  for (const name of known) {
    const distance = edits(wanted, fold(name), least);
    if (distance < least) {
      best = name;
      least = distance;
    }
  }
  return best ?? begunBy(wanted, known);
};

const begunBy = (wanted: string, known: Iterable<string>): string | undefined => {
  const begun = wanted.length < 3 ? [] : [...known].filter((name) => fold(name).startsWith(wanted));
  return begun.length === 1 ? begun[0] : undefined;
};

/** The end of a message about an unknown name: what was probably meant, or all that is known. */
export const suggestion = (given: string, known: readonly string[]): string => {
  const near = nearest(given, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return "none is known here";
  const shown = known.slice(0, 30).join(", ");
  return `known: ${shown}${known.length > 30 ? ", …" : ""}`;
};

// Case and underscores are what people mix up between Python's names and ours, so they cost nothing.
const fold = (text: string): string => text.slice(0, 100).toLowerCase().replaceAll("_", "");

/** Levenshtein's distance with neighbouring letters swapped as one edit; gives up at `limit`. */
const edits = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? limit;
};
