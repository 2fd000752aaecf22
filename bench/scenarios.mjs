// Every file of scenarios/ gives one scenario or a list of them; README.md says what a scenario is.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "scenarios");

export const allScenarios = async () => {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".mjs"))
    .sort();
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(folder, file)).href)));
  return modules.flatMap((module) => module.default).sort((a, b) => (a.order ?? 50) - (b.order ?? 50));
};

export const findScenario = async (name) => {
  const found = (await allScenarios()).find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario named ${name}`);
  return found;
};
