// Whether classes and functions still have the names they are exported under: a user reads them in errors, in `tree` and in a debugger.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Everything a built package exports whose own name is another, in the ESM and in the CommonJS build. */
export const exportNameProblems = async ({ folder, manifest }) => {
  const problems = [];
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    const builds = {
      ESM: await import(pathToFileURL(join(folder, target.import.default)).href),
      ...(target.browser && { browsers: await import(pathToFileURL(join(folder, target.browser.default)).href) }),
      CommonJS: createRequire(import.meta.url)(join(folder, target.require.default)),
    };
    for (const [build, exported] of Object.entries(builds))
      for (const [name, value] of Object.entries(exported))
        if (typeof value === "function" && name !== "default" && value.name !== name)
          problems.push(`${subpath} (${build}): ${name} calls itself "${value.name}"`);
  }
  return problems;
};
