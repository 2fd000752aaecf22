import { attempt } from "@cordwood/core";
import { join } from "./path.js";
import type { HandlerPlan } from "./plan.js";
import { ProblemAt } from "./problem.js";

/**
 * A misspelt folder must not come into being because a document names it: the folder of a file that is opened at once has to exist,
 * as for Python, unless the document says with `folderMode` that it may be made.
 */
export const checkFolder = (plan: HandlerPlan): void => {
  const { official, options } = plan.make;
  const filename = options["filename"];
  if (official?.package !== "file" || typeof filename !== "string" || options["delay"] === true || options["folderMode"] !== undefined)
    return;
  const { dirname, resolve } = process.getBuiltinModule("path");
  const { statSync } = process.getBuiltinModule("fs");
  const folder = dirname(resolve(filename));
  if (attempt(() => statSync(folder).isDirectory(), false)) return;
  throw new ProblemAt(
    join(plan.path, "filename"),
    `the folder ${JSON.stringify(dirname(filename))} does not exist; create it, or give folderMode for it to be made`,
  );
};
