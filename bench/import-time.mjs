// node import-time.mjs <program>: milliseconds of CPU and of wall time to import a program, in a process that has done nothing else.
const { performance } = globalThis;
const before = process.cpuUsage();
const began = performance.now();
await import(process.argv[2]);
const wallMs = performance.now() - began;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, wallMs }));
