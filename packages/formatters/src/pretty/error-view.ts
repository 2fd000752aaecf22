import { attempt, isError, show } from "@cordwood/core";
import { errorForm } from "../json/error-form.js";
import type { Paint } from "./color.js";
import { sourceLines, workingFolder } from "./source-lines.js";
import { type ValueView, visible, visibleLine } from "./value-view.js";

export interface ErrorViewOptions {
  /** Whether frames of Node's own and of node_modules are left out, and paths shortened. */
  readonly stack: "trimmed" | "full" | "none";
  /** Lines of source shown on each side of the line that threw. */
  readonly sourceLines: number;
}

const LONGEST_CHAIN = 10;
const MOST_FRAMES = 50;
const FRAME = /^\s*at (?:(.*?) \()?((?:async )?(?:file:\/\/)?[^()]*?)(?::(\d+))?(?::(\d+))?\)?$/;
const FOREIGN = /^(?:node:|internal\/)|[\\/]node_modules[\\/]|^<anonymous>|^native$/;
const INDENT = "    ";

/** Shows an error as lines: name and message, its own fields, the frames that are the program's, the source around the first, then what caused it. */
export class ErrorView {
  readonly #paint: Paint;
  readonly #view: ValueView;
  readonly #options: ErrorViewOptions;
  #room = Number.POSITIVE_INFINITY;

  constructor(paint: Paint, view: ValueView, options: ErrorViewOptions) {
    this.#paint = paint;
    this.#view = view;
    this.#options = options;
  }

  /**
   * The lines of a thrown value, without indentation.
   * @param room Columns that a line of source may take.
   */
  lines(error: unknown, room: number): string[] {
    this.#room = room;
    return this.#error(error, [], "", new Set());
  }

  /** @param shownFrames Places that an error above has shown: a cause mostly has them too. */
  #error(error: unknown, above: readonly unknown[], label: string, shownFrames: Set<string>): string[] {
    const paint = this.#paint;
    const lead = label === "" ? "" : `${paint("dim", label)} `;
    if (!isError(error)) return [`${lead}${this.#view.line(error)}`];
    if (above.includes(error)) return [`${lead}${paint("special", "[Circular]")}`];
    if (above.length >= LONGEST_CHAIN) return [`${lead}${paint("dim", "further causes left out")}`];
    const path = [...above, error];
    const form = errorForm(error);
    const name = String(form["name"]);
    const message = String(form["message"]);
    const [first = "", ...rest] = visible(message).split("\n");
    const lines = [
      `${lead}${paint("errorName", visibleLine(name))}${first === "" ? "" : `${paint("dim", ":")} ${paint("errorMessage", first)}`}`,
    ];
    for (const line of rest) lines.push(`${INDENT}${paint("errorMessage", line)}`);
    lines.push(...this.#ownFields(form), ...this.#stack(form["stack"], name, message, shownFrames));
    if (form["cause"] !== undefined) lines.push(...this.#error(form["cause"], path, "caused by", shownFrames));
    const errors = form["errors"];
    if (attempt(() => Array.isArray(errors), false)) {
      const members = (errors as readonly unknown[]).slice(0, LONGEST_CHAIN);
      members.forEach((member, i) => {
        for (const line of this.#error(member, path, `${i + 1} of ${(errors as readonly unknown[]).length}`, shownFrames))
          lines.push(`  ${line}`);
      });
    }
    return lines;
  }

  #ownFields(form: Readonly<Record<string, unknown>>): string[] {
    const own = Object.keys(form).filter((key) => !["name", "message", "stack", "cause", "errors"].includes(key));
    return own.slice(0, 20).map((key) => `${INDENT}${this.#view.key(key)}${this.#paint("dim", ":")} ${this.#view.line(form[key])}`);
  }

  #stack(stack: unknown, name: string, message: string, shownFrames: Set<string>): string[] {
    if (typeof stack !== "string" || this.#options.stack === "none") return [];
    // The message stands in the stack too, and may hold lines that look like frames: only what follows it is one.
    const at = message === "" ? 0 : stack.indexOf(message);
    const known = at >= 0 && stack.slice(0, at).includes(name);
    const below = stack
      .slice(at < 0 ? 0 : at + message.length)
      .split("\n")
      .slice(1, MOST_FRAMES + 1);
    const full = this.#options.stack === "full";
    const lines: string[] = [];
    let hidden = 0;
    const own: string[] = [];
    let shownSource = !known;
    for (const line of below) {
      const frame = FRAME.exec(line);
      if (frame === null) {
        if (line.trim() !== "") lines.push(`${INDENT}${this.#paint("dim", visible(line.trim()))}`);
        continue;
      }
      const path = pathOf(frame[2] ?? "");
      if (!full && FOREIGN.test(path)) {
        hidden++;
        continue;
      }
      // The column differs between an error and a cause made on the same line.
      const place = `${path}:${frame[3]}`;
      if (!full && shownFrames.has(place)) continue;
      own.push(place);
      lines.push(this.#frame(frame[1], path, frame[3], frame[4], full));
      if (!shownSource && frame[3] !== undefined) {
        lines.push(...this.#source(path, Number(frame[3])));
        shownSource = true;
      }
    }
    // Recursion comes to a place twice in one stack: only what an error above has shown is left out.
    for (const place of own) shownFrames.add(place);
    if (hidden > 0 && (own.length > 0 || shownFrames.size === 0))
      lines.push(`${INDENT}${this.#paint("dim", `… ${hidden} ${hidden === 1 ? "frame" : "frames"} of Node and node_modules`)}`);
    return lines;
  }

  #frame(name: string | undefined, path: string, line: string | undefined, column: string | undefined, full: boolean): string {
    const folder = workingFolder();
    const shown = !full && path.startsWith(folder) && folder !== "/" ? path.slice(folder.length) : path;
    const place = `${shown}${line === undefined ? "" : `:${line}`}${column === undefined ? "" : `:${column}`}`;
    const called = name === undefined || name === "" ? "" : `${this.#paint("frame", visible(name))} `;
    return `${INDENT}${this.#paint("dim", "at")} ${called}${this.#paint("special", visible(place))}`;
  }

  #source(path: string, line: number): string[] {
    const lines = sourceLines(path, line, this.#options.sourceLines);
    const width = `${lines.at(-1)?.number ?? ""}`.length;
    return lines.map(({ number, text }) => {
      const here = number === line;
      const gutter = `${here ? "❯" : " "} ${`${number}`.padStart(width)} │ `;
      const code = clipped(visible(text.replaceAll("\t", "  ")), this.#room - INDENT.length - 2 - gutter.length);
      return `${INDENT}  ${this.#paint(here ? "pointer" : "guide", gutter)}${this.#paint(here ? "frame" : "source", code)}`;
    });
  }
}

/** A line of source in so many columns: one that is broken by the terminal is hard to read. */
const clipped = (text: string, columns: number): string => (text.length > columns ? `${text.slice(0, Math.max(1, columns - 1))}…` : text);

/** The path of a frame without the scheme of a URL. */
const pathOf = (place: string): string => {
  const path = place.replace(/^async /, "");
  return path.startsWith("file://") ? attempt(() => decodeURIComponent(new URL(path).pathname), show(path)) : path;
};
