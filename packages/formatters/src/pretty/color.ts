import { environment, processLike } from "../surroundings.js";

/** `"auto"`: as the environment and the terminal say. */
export type ColorOption = "auto" | boolean;
/** Which of the terminal's backgrounds the colours are for. `"auto"`: as `COLORFGBG` says, else dark. */
export type ThemeOption = "auto" | "dark" | "light";

/** The things that have a look of their own. */
export type Look =
  | "time"
  | "name"
  | "message"
  | "key"
  | "string"
  | "number"
  | "boolean"
  | "null"
  | "special"
  | "dim"
  | "guide"
  | "errorName"
  | "errorMessage"
  | "frame"
  | "source"
  | "pointer"
  | "good"
  | "warn"
  | "bad"
  | "trace"
  | "debug"
  | "info"
  | "warning"
  | "error"
  | "critical"
  | "strongMessage"
  | "errorText";

/** SGR parameters (ECMA-48 §8.3.117) for 256 colours, dark and light, then for 16. */
const LOOKS: Readonly<Record<Look, readonly [string, string, string]>> = {
  time: ["38;5;244", "38;5;244", "90"],
  name: ["38;5;110", "38;5;25", "36"],
  message: ["", "", ""],
  key: ["38;5;245", "38;5;240", "90"],
  string: ["38;5;151", "38;5;28", "32"],
  number: ["38;5;216", "38;5;130", "33"],
  boolean: ["38;5;183", "38;5;91", "35"],
  null: ["38;5;243", "38;5;245", "90"],
  special: ["38;5;116", "38;5;30", "36"],
  dim: ["38;5;243", "38;5;245", "90"],
  guide: ["38;5;239", "38;5;250", "90"],
  errorName: ["1;38;5;210", "1;38;5;160", "1;31"],
  errorMessage: ["1", "1", "1"],
  frame: ["38;5;250", "38;5;238", ""],
  source: ["38;5;245", "38;5;243", "90"],
  pointer: ["38;5;210", "38;5;160", "31"],
  good: ["38;5;114", "38;5;28", "32"],
  warn: ["38;5;221", "38;5;136", "33"],
  bad: ["1;38;5;210", "1;38;5;160", "31"],
  trace: ["38;5;243", "38;5;246", "90"],
  debug: ["38;5;75", "38;5;26", "34"],
  info: ["38;5;114", "38;5;28", "32"],
  warning: ["1;38;5;221", "1;38;5;136", "1;33"],
  error: ["1;38;5;210", "1;38;5;160", "1;31"],
  critical: ["1;38;5;231;48;5;160", "1;38;5;231;48;5;160", "1;37;41"],
  strongMessage: ["1", "1", "1"],
  errorText: ["1;38;5;217", "1;38;5;124", "1;31"],
};

/** Puts a text into the colours of a look. */
export type Paint = (look: Look, text: string) => string;

const plain: Paint = (_look, text) => text;

/** How a formatter with these options paints. */
export function painter(color: ColorOption, theme: ThemeOption, stream: "stdout" | "stderr"): Paint {
  if (!(color === "auto" ? wanted(stream) : color)) return plain;
  const column = hasManyColors() ? (isLight(theme) ? 1 : 0) : 2;
  const opening: Record<string, string> = {};
  for (const look of Object.keys(LOOKS) as Look[]) {
    const codes = LOOKS[look][column];
    opening[look] = codes === "" ? "" : `\x1b[${codes}m`;
  }
  return (look, text) => (opening[look] === "" || text === "" ? text : `${opening[look]}${text}\x1b[0m`);
}

/** https://force-color.org and https://no-color.org; then whether a terminal is on the other end. */
function wanted(stream: "stdout" | "stderr"): boolean {
  const force = environment("FORCE_COLOR");
  if (force !== undefined) return force !== "0" && force !== "false";
  if ((environment("NO_COLOR") ?? "") !== "" || environment("TERM") === "dumb") return false;
  return processLike()?.[stream]?.isTTY === true;
}

function hasManyColors(): boolean {
  const force = environment("FORCE_COLOR");
  if (force === "2" || force === "3") return true;
  return (environment("COLORTERM") ?? "") !== "" || /256|kitty|ghostty|alacritty|iterm/i.test(environment("TERM") ?? "");
}

/** `COLORFGBG` is "foreground;background" by the terminal's own numbers: 7 and 9–15 are light. */
function isLight(theme: ThemeOption): boolean {
  if (theme !== "auto") return theme === "light";
  const background = Number((environment("COLORFGBG") ?? "").split(";").pop() || "0");
  return background === 7 || background > 8;
}

/** Columns of the terminal; `Infinity` when the output is not on one: then nothing needs to fit. */
export function terminalWidth(stream: "stdout" | "stderr"): number {
  const terminal = processLike()?.[stream];
  if (terminal?.isTTY === true && (terminal.columns ?? 0) > 0) return terminal.columns as number;
  const columns = Number(environment("COLUMNS"));
  return Number.isInteger(columns) && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}
