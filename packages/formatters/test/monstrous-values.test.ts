import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("monstrous-values.mjs", import.meta.url));
const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const MOST_MS = 50;
const MOST_MEGABYTES = 16;
/** 256 KiB, and what stands around a message of that length. */
const MOST_BYTES = 262_144 + 8_192;

interface Figures {
  readonly listing: { readonly ms: number; readonly megabytes: number };
  readonly figures: readonly { readonly what: string; readonly ms: number; readonly megabytes: number; readonly bytes: number }[];
}

describe("whatever the size, no formatter needs more than 50 ms and 16 MB, and no line is longer than 256 KiB, for", () => {
  test.each([
    "100 MB of text",
    "100 MB of control characters",
    "a list of ten million",
    "a Map of a million",
    "a depth of a million",
    "a million keys",
  ])("%s", { timeout: 120_000 }, async (monster) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--max-old-space-size=4096", PROGRAM, monster], {
      cwd: FOLDER,
    });
    const { listing, figures } = JSON.parse(stdout) as Figures;
    // The list of its keys is all that a formatter may need besides, once for each place it is written to.
    const isListed = monster === "a million keys";
    const ms = MOST_MS + (isListed ? 4 * listing.ms : 0);
    const megabytes = MOST_MEGABYTES + (isListed ? 2 * listing.megabytes : 0);
    const worst = (key: "ms" | "megabytes" | "bytes"): number => Math.max(...figures.map((figure) => figure[key]));
    console.log(`${monster}: ${worst("ms").toFixed(1)} ms, ${worst("megabytes").toFixed(1)} MB, ${worst("bytes")} bytes at most`);
    if (isListed) console.log(`listing the keys alone: ${listing.ms.toFixed(0)} ms, ${listing.megabytes.toFixed(1)} MB`);
    const over = figures.filter((figure) => figure.ms > ms || figure.megabytes > megabytes || figure.bytes > MOST_BYTES);
    expect(figures).toHaveLength(isListed ? 9 : 33);
    expect(over).toEqual([]);
  });
});
