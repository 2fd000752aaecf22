import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One recorded case: an input, and either CPython's answer or the class of the error it raised. */
export interface VectorCase<I = Record<string, unknown>, E = unknown> {
  readonly id: string;
  readonly input: I;
  readonly expected?: E;
  readonly error?: string;
  readonly phase?: "construct" | "format";
}

/**
 * The cases of a family: from the folder that `CORDWOOD_VECTORS` names, else from `vectors/` beside the test.
 * @param testUrl `import.meta.url` of the test file.
 */
export const loadVectors = <I = Record<string, unknown>, E = unknown>(
  group: "text" | "io",
  family: string,
  testUrl: string,
): readonly VectorCase<I, E>[] => {
  const given = process.env["CORDWOOD_VECTORS"];
  const own = fileURLToPath(new URL(`./vectors/${group}/${family}.json`, testUrl));
  const named = given === undefined || given === "" ? own : join(given, group, `${family}.json`);
  if (named !== own && !existsSync(named)) console.warn(`${named} is missing; using the project's own copy`);
  const file = JSON.parse(readFileSync(existsSync(named) ? named : own, "utf8")) as { cases: VectorCase<I, E>[] };
  return file.cases;
};
