// Reads back what a cell wrote: every line must be a whole record, none missing, none twice.
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** @returns {Promise<{ lost: number, torn: number, doubled: number, bytes: number }>} */
export const verify = async (scenario, cell, folder, count) => {
  const total = { lost: 0, torn: 0, doubled: 0, bytes: 0 };
  for (const output of scenario.outputs ?? []) {
    const names = output.names?.(cell, folder) ?? [output.name];
    const seen = new Uint8Array(count);
    for (const name of names) {
      const path = join(folder, name);
      if (!existsSync(path)) continue;
      for await (const line of createInterface({ input: createReadStream(path), crlfDelay: 0 })) {
        total.bytes += Buffer.byteLength(line) + 1;
        if (output.skip?.(line, cell) === true) continue;
        const index = (output.read ?? scenario.read)(line, cell);
        if (index === undefined || !(index >= 0 && index < count)) total.torn++;
        else if (seen[index] === 1) total.doubled++;
        else seen[index] = 1;
      }
    }
    for (let index = 0; index < count; index++) if (seen[index] === 0 && (output.expects?.(index) ?? true)) total.lost++;
  }
  return total;
};
