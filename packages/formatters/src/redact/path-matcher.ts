import type { Segment } from "./path.js";

/** Keys remembered per state; a key of data beyond them is matched anew each time. */
const MOST_KEYS = 500;

/** What a key leads to: whether a path ends there, and how matching goes on below. */
export interface Transition {
  readonly hit: boolean;
  readonly next: PathState;
}

/**
 * Where in all the paths at once a walk has got to. States are made when they are first needed and kept, so that a key costs one lookup
 * whatever the number of paths and wildcards.
 */
export class PathState {
  /** Whether no path can end below: what is here need not be walked for paths. */
  readonly dead: boolean;
  /** The answer for every key once no path can end below. */
  readonly stay: Transition = { hit: false, next: this };
  readonly #positions: readonly Position[];
  readonly #known = new Map<string, Transition>();
  readonly #states: Map<string, PathState>;

  constructor(positions: readonly Position[], states: Map<string, PathState>) {
    this.#positions = positions;
    this.#states = states;
    this.dead = positions.length === 0;
  }

  step(key: string): Transition {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#follow(key);
    if (this.#known.size < MOST_KEYS) this.#known.set(key, made);
    return made;
  }

  #follow(key: string): Transition {
    const next = new Map<string, Position>();
    let hit = false;
    const reach = (position: Position): void => {
      if (position.at === position.path.length) hit = true;
      else next.set(`${position.index}:${position.at}`, position);
      // `**` may stand for no step at all.
      if (position.path[position.at]?.kind === "deep") reach({ ...position, at: position.at + 1 });
    };
    for (const position of this.#positions) {
      const segment = position.path[position.at]!;
      if (segment.kind === "deep") {
        reach(position);
        // At the end of a path `**` means everything below.
        if (position.at === position.path.length - 1) hit = true;
      } else if (segment.kind === "any" || segment.name === key) reach({ ...position, at: position.at + 1 });
    }
    const name = [...next.keys()].sort().join(" ");
    let state = this.#states.get(name);
    if (state === undefined) {
      state = new PathState([...next.values()], this.#states);
      this.#states.set(name, state);
    }
    return { hit, next: state };
  }
}

interface Position {
  readonly index: number;
  readonly path: readonly Segment[];
  readonly at: number;
}

/** The state before the first step of the paths. */
export function startOf(paths: readonly (readonly Segment[])[]): PathState {
  const positions = paths.flatMap((path, index): Position[] => {
    const from: Position[] = [{ index, path, at: 0 }];
    for (let at = 0; path[at]?.kind === "deep" && at + 1 < path.length; at++) from.push({ index, path, at: at + 1 });
    return from;
  });
  return new PathState(positions, new Map());
}
