// Doubles of the file system: each counts the calls that are made to it and brings its fault at one of them.
import fs from "node:fs";

const CALLS = [
  "closeSync",
  "fdatasyncSync",
  "fstatSync",
  "ftruncateSync",
  "linkSync",
  "lstatSync",
  "mkdirSync",
  "openSync",
  "readFileSync",
  "readSync",
  "readdirSync",
  "readlinkSync",
  "renameSync",
  "statSync",
  "symlinkSync",
  "unlinkSync",
  "writeSync",
];
const HANDLE_CALLS = ["read", "writeFile", "utimes", "sync", "stat", "close"];

/**
 * A file system that calls `before(name, args)` ahead of every call it passes on.
 * @param {(name: string, args: readonly unknown[]) => void} before throws what the call is to throw
 */
export const watchedSystem = (before) => {
  const system = {};
  for (const name of CALLS) {
    system[name] = (...args) => {
      before(name, args);
      return fs[name](...args);
    };
  }
  const handleOf = (handle) =>
    new Proxy(handle, {
      get: (target, key) => {
        const value = target[key];
        if (typeof value !== "function") return value;
        return async (...args) => {
          if (HANDLE_CALLS.includes(key)) {
            try {
              before(`handle.${key}`, args);
            } catch (error) {
              // A handle that is not closed would be missed at the end of the test.
              if (key === "close") await target.close();
              throw error;
            }
          }
          return value.apply(target, args);
        };
      },
    });
  system.promises = {
    open: async (...args) => {
      before("promises.open", args);
      return handleOf(await fs.promises.open(...args));
    },
    unlink: async (...args) => {
      before("promises.unlink", args);
      return fs.promises.unlink(...args);
    },
  };
  return system;
};

/** Fails with the code at call number `at` of those that `counts` picks, and at the `times - 1` after it. */
export const failingAt = (at, code, { times = 1, counts = () => true } = {}) => {
  const state = { calls: 0, failed: 0, at: "" };
  const system = watchedSystem((name, args) => {
    if (!counts(name, args)) return;
    state.calls++;
    if (state.calls < at || state.calls >= at + times) return;
    state.failed++;
    state.at ||= name;
    throw Object.assign(new Error(`${code}: injected, ${name}`), { code });
  });
  return { system, state };
};

/** Kills this process at call number `at`. */
export const killingAt = (at, { counts = () => true } = {}) => {
  let calls = 0;
  return watchedSystem((name, args) => {
    if (counts(name, args) && ++calls === at) {
      process.kill(process.pid, "SIGKILL");
      // The signal may take a moment to arrive; the call must not be made.
      for (;;);
    }
  });
};

/** Has room for so many bytes in all; a write is taken as far as it fits. */
export class FullDisk {
  room;

  constructor(room) {
    this.room = room;
    this.system = {
      ...fs,
      promises: fs.promises,
      writeSync: (descriptor, data, ...rest) => {
        const bytes =
          typeof data === "string"
            ? Buffer.from(data, rest[1] ?? "utf8")
            : data.subarray(rest[0] ?? 0, (rest[0] ?? 0) + (rest[1] ?? data.length));
        if (bytes.length > 0 && this.room === 0)
          throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        const position = typeof data === "string" ? rest[0] : rest[2];
        const taken = fs.writeSync(descriptor, bytes, 0, Math.min(bytes.length, this.room), position ?? null);
        this.room -= taken;
        return taken;
      },
      ftruncateSync: (descriptor, length) => {
        this.room += fs.fstatSync(descriptor).size - length;
        fs.ftruncateSync(descriptor, length);
      },
    };
  }
}

/** Takes at most so many bytes with one call. */
export const shortWrite = (most) => ({
  ...fs,
  promises: fs.promises,
  writeSync: (descriptor, data, ...rest) => {
    if (typeof data !== "string") return fs.writeSync(descriptor, data, rest[0], Math.min(rest[1], most), rest[2] ?? null);
    const bytes = Buffer.from(data, rest[1] ?? "utf8");
    return fs.writeSync(descriptor, bytes, 0, Math.min(bytes.length, most), rest[0] ?? null);
  },
});
