let state = 2008;

/** One of several, the same ones in the same order at each run. */
export const choice = <T>(values: readonly [T, ...T[]]): T => {
  // A linear congruential generator (Numerical Recipes); its upper bits choose.
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return values[Math.floor((state / 2 ** 32) * values.length)] ?? values[0];
};
