// Whether the builds of a package export the same, and classes and functions under their own names: a user reads them in errors, in `tree` and in
// a debugger.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const isClass = (value) => Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
const kindOf = (value) => (typeof value === "function" && isClass(value) ? "class" : typeof value);

/** Everything a built package exports under a name that is not its own, or in one build and not, or as something else, in another. */
export const exportNameProblems = async ({ folder, manifest }) => {
  const problems = [];
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    const require = createRequire(import.meta.url);
    const builds = {
      ESM: await import(pathToFileURL(join(folder, target.import.default)).href),
      ...(target.import.node && { "ESM for Node": await import(pathToFileURL(join(folder, target.import.node)).href) }),
      ...(target.browser && { browsers: await import(pathToFileURL(join(folder, target.browser.default)).href) }),
      CommonJS: require(join(folder, target.require.default)),
    };
    const shapes = Object.entries(builds)
      .filter(([build]) => build !== "browsers")
      .map(([build, exported]) => [
        build,
        Object.keys(exported)
          .sort()
          .map((name) => `${name} (${kindOf(exported[name])})`),
      ]);
    for (const [build, shape] of shapes)
      for (const one of new Set([...shape, ...shapes[0][1]]))
        if (!shape.includes(one) || !shapes[0][1].includes(one)) problems.push(`${subpath}: ${one} is not the same in ${build}`);
    for (const [build, exported] of Object.entries(builds))
      for (const [name, value] of Object.entries(exported))
        if (typeof value === "function" && name !== "default" && value.name !== name)
          problems.push(`${subpath} (${build}): ${name} calls itself "${value.name}"`);
  }
  return problems;
};
