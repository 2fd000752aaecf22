import { isPlainObject } from "@cordwood/core";
import { settle } from "./build.js";
import { instantiate } from "./make.js";
import type { HandlerPlan, Plan } from "./plan.js";
import { Problems } from "./problem.js";

/** Files that need not be there where a document is only checked. */
const FILES: readonly string[] = ["ca", "cert", "key", "passphrase"];

/**
 * Makes the handlers that reach nothing before their first record, and closes them again: their constructors know which options mean
 * something beside which others. Those that open files are left alone.
 * @throws ConfigError
 */
export const tryOut = (plan: Plan): void => {
  const problems = new Problems();
  for (const handler of plan.handlers) {
    if (handler.make.official?.package !== "net" || handler.make.target.name.replace(/^_+/, "") !== handler.make.official.name) continue;
    problems.gather(handler.path, () => {
      const made = instantiate({ ...handler.make, options: withoutFiles(handler) }) as { close(): unknown };
      settle(made, () => made.close());
    });
  }
  problems.throwIfAny();
};

const withoutFiles = ({ make }: HandlerPlan): Readonly<Record<string, unknown>> => {
  const { spool, tls, ...rest } = make.options;
  const options: Record<string, unknown> = { ...rest };
  if (tls !== undefined)
    options["tls"] = isPlainObject(tls) ? Object.fromEntries(Object.entries(tls).filter(([key]) => !FILES.includes(key))) : tls;
  // A spool is the lock of a running program's; what else it means is that records are acknowledged.
  if (spool !== undefined) options["delivery"] ??= "acknowledged";
  return options;
};
