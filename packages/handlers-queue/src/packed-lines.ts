import type { LogRecord } from "@cordwood/core";
import { type FinishedLines, finishedRecord, type WaitingLine } from "./finished-lines.js";

/** Lines that wait as the bytes they will be written as: no object is kept for any of them, so that garbage collection has none to carry about. */
export class PackedLines implements FinishedLines {
  readonly inTexts = false;
  private readonly encoded: Uint8Array;
  /** Lengths of the lines in UTF-16 units, without their newlines. */
  private readonly lengths: Uint32Array;
  private readonly created: Float64Array;
  private readonly levels: Float64Array;
  private readonly levelNames: string[] = [];
  private readonly names: string[] = [];
  private texts: readonly string[] | undefined;
  /** Lines at the beginning that are no longer here, and their bytes. */
  private gone = 0;
  private goneBytes = 0;

  constructor(lines: readonly WaitingLine[]) {
    this.lengths = new Uint32Array(lines.length);
    this.created = new Float64Array(lines.length);
    this.levels = new Float64Array(lines.length);
    let all = "";
    for (let i = 0; i < lines.length; i++) {
      const { text, created, levelno, levelname, name } = lines[i] as WaitingLine;
      all += `${text}\n`;
      this.lengths[i] = text.length;
      this.created[i] = created;
      this.levels[i] = levelno;
      this.levelNames.push(levelname);
      this.names.push(name);
    }
    this.encoded = new TextEncoder().encode(all);
  }

  get count(): number {
    return this.lengths.length - this.gone;
  }

  get bytes(): Uint8Array {
    return this.encoded.subarray(this.goneBytes);
  }

  get lowestLevel(): number {
    return this.levels.subarray(this.gone).reduce((lowest, level) => Math.min(lowest, level), Number.POSITIVE_INFINITY);
  }

  text(index: number): string {
    this.texts ??= this.split();
    return this.texts[this.gone + index] as string;
  }

  facts(index: number): Pick<LogRecord, "levelno" | "created"> {
    const at = this.gone + index;
    return { levelno: this.levels[at] as number, created: this.created[at] as number };
  }

  record(index: number): LogRecord {
    const at = this.gone + index;
    const { names, levelNames } = this;
    const facts = { ...this.facts(index), name: names[at] as string, levelname: levelNames[at] as string };
    return finishedRecord(facts, this.text(index));
  }

  /** Takes the first line away. */
  shift(): void {
    this.goneBytes += new TextEncoder().encode(this.text(0)).length + 1;
    this.gone++;
  }

  private split(): string[] {
    // A line may begin with what would otherwise be taken for the mark at the beginning of a file.
    const all = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.encoded);
    const texts: string[] = [];
    let at = 0;
    for (const length of this.lengths) {
      texts.push(all.slice(at, at + length));
      at += length + 1;
    }
    return texts;
  }
}
