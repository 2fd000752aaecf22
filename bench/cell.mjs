// One cell in a process of its own: node cell.mjs <scenario> <cell> <folder> <records>. The figures go to the parent.
import { join } from "node:path";
import { findScenario } from "./scenarios.mjs";

const [, , scenarioName, cellName, folder, records] = process.argv;
const scenario = await findScenario(scenarioName);
const count = Number(records);
const work = await scenario.cells[cellName]({ folder, file: join(folder, "out.log"), count });

const cpuBefore = process.cpuUsage();
const began = process.hrtime.bigint();
const given = await work.run(count);
await work.finish?.();
const wallNs = Number(process.hrtime.bigint() - began);
const cpu = process.cpuUsage(cpuBefore);

// A peer's worker or timer must not keep a finished cell alive.
process.send({ wallNs, cpuNs: (cpu.user + cpu.system) * 1000, figures: given?.figures, lost: given?.lost }, () => process.exit(0));
