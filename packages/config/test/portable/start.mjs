import { run } from "./servers.mjs";

console.log(`RESULTS ${JSON.stringify(await run())}`);
process.exit(0);
