// Handlers made through four copies of core hold their lines until flush; the process then just ends.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as esm from "@cordwood/core";
import * as newerEsm from "core-next";

const require = createRequire(import.meta.url);
const copies = [esm, require("@cordwood/core"), newerEsm, require("core-next")];
copies.forEach((core, index) => {
  class Holding extends core.Handler {
    held = [];
    emit(record) {
      this.held.push(`handler ${index}: ${this.format(record)}\n`);
      return "queued";
    }
    flush() {
      const count = this.held.length;
      appendFileSync("exit-flush.log", this.held.splice(0).join(""));
      this.counters.queued -= count;
      this.counters.delivered += count;
    }
  }
  core.getLogger().addHandler(new Holding());
});
for (const [index, core] of copies.entries()) core.getLogger(`copy${index}`).error("from copy %d", index);
process.exit(0);
