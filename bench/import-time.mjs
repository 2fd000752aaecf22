// node import-time.mjs <specifier>…: milliseconds of CPU from the first import to the last, in a process that has done nothing else.
const before = process.cpuUsage();
for (const specifier of process.argv.slice(2)) await import(specifier);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));
