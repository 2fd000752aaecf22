import { checkDocument } from "./dict-config.js";
import { environmentDirectives } from "./directives.js";
import { explainPlan } from "./explain.js";
import { hmacSigner } from "./hmac.js";
import { level as levelKind } from "./kinds.js";
import { formOf } from "./parse.js";
import type { Plan } from "./plan.js";
import { planTree } from "./plan-tree.js";
import { ConfigError, type Problem, problemText } from "./problem.js";
import { readDocument } from "./read-document.js";
import type { ResolveOptions } from "./resolve.js";
import { fetchTree, type SendOptions, sendConfig } from "./send.js";
import { drawTree } from "./tree.js";

/** Where the command writes. */
export interface CommandOutput {
  out(text: string): void;
  err(text: string): void;
}

const USAGE = `Usage:
  cordwood-config check FILE                  says what is wrong with a configuration, and where
  cordwood-config tree [FILE]                 draws loggers, levels and handlers: of a file, or of a running program (--port)
  cordwood-config explain FILE LOGGER LEVEL   says whether a record would be written, where, and what stops it
  cordwood-config send FILE                   sends a configuration to a running program

Options:
  --with MODULE         a module whose exports are the program's own classes and factories, by the names the file uses
  --host HOST           of the running program (default 127.0.0.1)
  --port PORT           of the running program (default 9030)
  --secret-file FILE    signs what is sent with the secret in this file; or set CORDWOOD_SECRET
  --key NAME            the name of the secret (default "default")
  --lifetime SECONDS    send: the former configuration returns after so long
  --json                tree: as data

Exit code: 0 done, 1 the configuration is wrong or was not applied, 2 the command was not understood.
`;

/** A command line that cannot be understood. */
class UsageError extends Error {}

const OPTIONS = {
  with: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  "secret-file": { type: "string" },
  key: { type: "string" },
  lifetime: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Values = { readonly [K in keyof typeof OPTIONS]?: string | boolean | undefined };

/** Runs `cordwood-config` with the arguments after its name, and gives the exit code. */
export const runCommand = async (args: readonly string[], output: CommandOutput): Promise<number> => {
  try {
    const { values, positionals } = parse(args);
    const [command, ...rest] = positionals;
    if (values.help === true || command === "help") {
      output.out(USAGE);
      return 0;
    }
    const run = command !== undefined && Object.hasOwn(COMMANDS, command) ? COMMANDS[command as keyof typeof COMMANDS] : undefined;
    if (run === undefined)
      throw new UsageError(command === undefined ? "no command was given" : `there is no command ${JSON.stringify(command)}`);
    return await run(rest, values, output);
  } catch (error) {
    if (error instanceof UsageError) {
      output.err(`cordwood-config: ${error.message}\n\n${USAGE}`);
      return 2;
    }
    output.err(`cordwood-config: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
};

const parse = (args: readonly string[]): { values: Values; positionals: string[] } => {
  const { parseArgs } = process.getBuiltinModule("util");
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

const only = (rest: readonly string[], ...names: readonly string[]): string[] => {
  if (rest.length === names.length) return [...rest];
  throw new UsageError(
    rest.length < names.length ? `${names[rest.length]} is missing` : `${JSON.stringify(rest[names.length])} is one argument too many`,
  );
};

const ownClasses = async (values: Values): Promise<ResolveOptions> => {
  if (typeof values.with !== "string") return {};
  const { pathToFileURL } = process.getBuiltinModule("url");
  const { resolve } = process.getBuiltinModule("path");
  const exported = (await import(pathToFileURL(resolve(values.with)).href)) as Record<string, unknown>;
  const named = exported["default"];
  return { classes: { ...(typeof named === "object" && named !== null ? named : {}), ...exported } };
};

/** Reads and checks a file; what is wrong is written, one line a problem. */
const planOf = async (file: string, values: Values, output: CommandOutput): Promise<Plan | undefined> => {
  try {
    const { document, origin } = await readDocument(file);
    return await checkDocument(document, await ownClasses(values), origin);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) output.err(`${placed(file, problem)}\n`);
    output.err(`${error.problems.length} ${error.problems.length === 1 ? "problem" : "problems"}\n`);
    return undefined;
  }
};

const placed = (file: string, problem: Problem): string => {
  const text = problemText(problem).replace(/^line \d+(, column \d+)?: /, "");
  return problem.line === undefined ? `${file}: ${text}` : `${file}:${problem.line}:${problem.column ?? 1}: ${text}`;
};

const check = async (rest: readonly string[], values: Values, output: CommandOutput): Promise<number> => {
  const [file = ""] = only(rest, "FILE");
  const plan = await planOf(file, values, output);
  if (plan === undefined) return 1;
  environmentDirectives();
  const count = (what: string, many: number): string => `${many} ${what}${many === 1 ? "" : "s"}`;
  const parts = [
    count("logger", plan.loggers.length),
    count("handler", plan.handlers.length),
    count("formatter", plan.formatters.size),
    count("filter", plan.filters.size),
  ];
  output.out(`${file}: fine: ${parts.join(", ")}\n`);
  return 0;
};

const explain = async (rest: readonly string[], values: Values, output: CommandOutput): Promise<number> => {
  const [file = "", logger = "", level = ""] = only(rest, "FILE", "LOGGER", "LEVEL");
  if (!levelKind.accepts(/^\d+$/.test(level) ? Number(level) : level.toUpperCase()))
    throw new UsageError(`LEVEL is ${JSON.stringify(level)}; expected ${levelKind.expected}`);
  const plan = await planOf(file, values, output);
  if (plan === undefined) return 1;
  const { written, steps } = explainPlan(plan, environmentDirectives(), logger, /^\d+$/.test(level) ? Number(level) : level.toUpperCase());
  output.out(
    `${logger === "" ? "root" : logger} ${level.toUpperCase()}: ${written ? "written" : "not written"}\n${steps.map((step) => `  ${step}\n`).join("")}`,
  );
  return 0;
};

const connection = (values: Values): SendOptions => {
  const port = Number(values.port ?? 9030);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`--port is ${JSON.stringify(values.port)}; give a number from 1 to 65535`);
  const { readFileSync } = process.getBuiltinModule("fs");
  const secret =
    typeof values["secret-file"] === "string" ? readFileSync(values["secret-file"], "utf8").trim() : process.env["CORDWOOD_SECRET"];
  return {
    port,
    ...(typeof values.host === "string" ? { host: values.host } : {}),
    ...(secret === undefined || secret === ""
      ? {}
      : { sign: hmacSigner({ secret, ...(typeof values.key === "string" ? { key: values.key } : {}) }) }),
  };
};

const tree = async (rest: readonly string[], values: Values, output: CommandOutput): Promise<number> => {
  let drawn: Awaited<ReturnType<typeof fetchTree>>;
  if (rest.length === 0) drawn = await fetchTree(connection(values));
  else {
    const plan = await planOf(only(rest, "FILE")[0] ?? "", values, output);
    if (plan === undefined) return 1;
    drawn = planTree(plan, environmentDirectives());
  }
  output.out(values.json === true ? `${JSON.stringify(drawn, undefined, 2)}\n` : drawTree(drawn));
  return 0;
};

const send = async (rest: readonly string[], values: Values, output: CommandOutput): Promise<number> => {
  const [file = ""] = only(rest, "FILE");
  const lifetime = values.lifetime === undefined ? undefined : Number(values.lifetime) * 1_000;
  if (lifetime !== undefined && !(Number.isSafeInteger(lifetime) && lifetime > 0))
    throw new UsageError(`--lifetime is ${JSON.stringify(values.lifetime)}; give a number of seconds`);
  const options = connection(values);
  const { document, files } = await readDocument(file);
  if (formOf(file) === "ini") {
    if (lifetime !== undefined) throw new UsageError("--lifetime goes with JSON, YAML and TOML files; an INI file is sent as it stands");
    await sendConfig([...files.values()][0] as string, options);
    output.out(`${file}: sent; an INI file gets no answer\n`);
    return 0;
  }
  const { ok, changed, error } = await sendConfig(document as never, {
    ...options,
    reply: true,
    ...(lifetime === undefined ? {} : { lifetimeMs: lifetime }),
  });
  if (ok === false) {
    output.err(`${file}: not applied: ${error}\n`);
    return 1;
  }
  output.out(
    ok === undefined
      ? `${file}: sent; the program gave no answer\n`
      : `${file}: applied${changed.map((change) => `\n  ${change}`).join("")}\n`,
  );
  return 0;
};

const COMMANDS = { check, explain, tree, send } as const;
