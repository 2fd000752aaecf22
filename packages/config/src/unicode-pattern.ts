/**
 * A regular expression with classes of Unicode (`\\p{…}`), made when it is first used. As a literal it would cost every program that loads the
 * module: the engine builds the classes when it reads the source.
 */
export const unicodePattern = (source: string, flags: string): (() => RegExp) => {
  let pattern: RegExp | undefined;
  return () => (pattern ??= new RegExp(source, flags));
};
