import type { RecordOwner } from "./queue.js";
import type { LineNotes } from "./worker/line-notes.js";
import type { SenderInfo } from "./worker/text.js";

/** Records that travel together. */
export interface SentFrame {
  readonly text: string;
  readonly records: number;
  /** Sequence of the first record; the others follow without gaps. */
  readonly sequence: number;
  /** Where it ends, in whatever way the transport counts. */
  end: number;
  /** Where the text is finished lines: what is noted of them, and who sends them. The notes are those of this frame until it is written. */
  readonly lines?: { readonly notes: LineNotes; readonly sender: SenderInfo } | undefined;
}

/** A frame that the transport keeps: whose its records are, in order, is all that is left of them here. */
export interface KeptFrame {
  text: string;
  records: number;
  readonly sequence: number;
  end: number;
  bytes: number;
  /** Characters that it takes at most, with all that travels beside the texts. */
  weight: number;
  readonly runs: { readonly owner: RecordOwner | undefined; count: number }[];
  readonly lines: SentFrame["lines"];
}

export const isKept = (frame: SentFrame): frame is KeptFrame => "runs" in frame;

/** Counts a record of this owner to the frame. */
export function addToRuns(runs: KeptFrame["runs"], owner: RecordOwner | undefined): void {
  const last = runs.at(-1);
  if (last !== undefined && last.owner === owner) last.count++;
  else runs.push({ owner, count: 1 });
}
