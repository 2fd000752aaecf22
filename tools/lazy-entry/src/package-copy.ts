type Exports = Readonly<Record<string, unknown>>;

/** An entry that has told of itself as it was imported. */
interface Announcement {
  readonly name: string;
  readonly version: string;
  /** Where it is, and what it exports: asked for when somebody needs it, since the answers take time to make. */
  readonly url: () => string;
  readonly exports: () => Exports;
}

/** The entries that have told of themselves in this process, those of one package and a version that is new enough. */
const announced = (name: string, wanted: string): readonly Announcement[] =>
  ((globalThis as { [key: symbol]: readonly Announcement[] | undefined })[Symbol.for("@cordwood/entries.v1")] ?? []).filter(
    (one) => one.name === name && fits(one.version, wanted),
  );

/** Whether a version is one of those that `^wanted` means. */
const fits = (version: string, wanted: string): boolean => {
  // A version before a release fits itself alone.
  if (version === wanted || version.includes("-")) return version === wanted;
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = wanted.split(".").map(Number);
  // Before 1.0 the second number counts as the first does later.
  if (major !== wantedMajor || (major === 0 && (minor === 0 || minor !== wantedMinor))) return false;
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
};

/** The copy of a package that has been imported, where it is one and new enough. */
export const importedCopy = (name: string, wanted: string): Exports | undefined => {
  const copies = announced(name, wanted);
  return copies.length === 1 ? copies[0]?.exports() : undefined;
};

/** The copy of a package that whoever this `require` belongs to would import. */
export const ownCopy = (name: string, wanted: string, require: NodeJS.Require): Exports => {
  const commonJs = require.resolve(name);
  const module = commonJs.replace(/index\.cjs$/, "node.mjs");
  const { href } = process.getBuiltinModule("node:url").pathToFileURL(module);
  const imported = announced(name, wanted).find((one) => one.url() === href);
  if (imported !== undefined) return imported.exports();
  try {
    // It may be imported later, as the same module.
    return require(module);
  } catch {
    // Before Node 20.19 and 22.12 no ES module can be had at once, nor later one that is just being imported.
    return require(commonJs);
  }
};
