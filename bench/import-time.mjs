// node import-time.mjs <specifier>…: milliseconds from the first import to the last, in a process that has done nothing else.
const began = performance.now();
for (const specifier of process.argv.slice(2)) await import(specifier);
process.stdout.write(String(performance.now() - began));
