import { ARGS } from "./guard.js";
import { join } from "./path.js";
import { Problems } from "./problem.js";

/** A document after substitution, and the paths whose whole value came from the environment and so is text only by accident. */
export interface Substituted {
  readonly document: unknown;
  readonly fromEnvironment: ReadonlySet<string>;
}

// Only names in capitals: `${levelname}` in a format of the "$" style is the formatter's business.
const REFERENCE = /\$(\$)?\{([A-Z_][A-Z0-9_]*)(:?-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every string of a document; `$${NAME}` stays as `${NAME}`. Formats of the `"$"` style
 * are left alone.
 * @throws ConfigError naming each variable that is unset and has no default.
 */
export const substitute = (document: unknown, environment: Readonly<Record<string, string | undefined>>): Substituted => {
  const problems = new Problems();
  const fromEnvironment = new Set<string>();
  const text = (value: string, path: string): string =>
    value.replace(
      REFERENCE,
      (found: string, escaped: string | undefined, name: string, rest: string | undefined, fallback: string | undefined) => {
        if (escaped !== undefined) return found.slice(1);
        const given = environment[name];
        // As in a shell: ":-" also replaces an empty value, "-" only an unset one.
        const usable = given !== undefined && !(given === "" && rest?.startsWith(":"));
        if (!usable && fallback === undefined)
          problems.add(path, `environment variable ${name} is not set; set it, or write \${${name}:-default}`);
        if (found === value) fromEnvironment.add(path);
        return usable ? given : (fallback ?? "");
      },
    );
  const walk = (value: unknown, path: string): unknown => {
    if (typeof value === "string") return value.includes("${") ? text(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, join(path, index)));
    if (typeof value !== "object" || value === null || !isTable(value)) return value;
    const out: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(value)) {
      const inner = value[key];
      const format = value["style"] === "$" && (key === "format" || key === "fmt");
      out[key] = format ? inner : walk(inner, join(path, key));
    }
    if (Object.hasOwn(value, ARGS)) Object.assign(out, { [ARGS]: walk(Reflect.get(value, ARGS), join(path, "args")) });
    return out;
  };
  const result = walk(document, "");
  problems.throwIfAny();
  return { document: result, fromEnvironment };
};

const isTable = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};
