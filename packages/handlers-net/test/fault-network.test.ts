import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SocketHandlerOptions } from "@cordwood/handlers-net";
import { fullCounts, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CertificateAuthority } from "./support/certificates.js";
import { Cable, missingNamespaces, run } from "./support/namespaces.js";
import { until } from "./support/until.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const missing = await missingNamespaces();
const script = (name: string): string => new URL(`./support/${name}`, import.meta.url).pathname;
const PATH = `${process.env["PATH"]}:/usr/sbin:/sbin`;

let folder: ReturnType<typeof temporaryFolder>;
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  folder.remove();
});

interface Noticed {
  readonly noticedMs: number;
  readonly why: string;
}

describe.skipIf(missing)("a cable on which every packet vanishes and nobody is told", () => {
  let cable: Cable;
  beforeEach(() => {
    cable = new Cable();
  });
  afterEach(() => cable.remove());

  const start = (machine: { readonly name: string }, ...args: readonly string[]): ChildProcess => {
    const child = spawn("ip", [...cable.on(machine), process.execPath, ...args], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
      env: { ...process.env, PATH },
    });
    children.push(child);
    return child;
  };
  const receive = async (...args: readonly string[]): Promise<{ readonly tcp: number; readonly tls: number }> => {
    const receiver = start(cable.receiver, ...args);
    return JSON.parse(await new Promise((resolve) => receiver.stdout!.once("data", (part: Buffer) => resolve(part.toString()))));
  };
  const connect = async (rate: number, options: SocketHandlerOptions) => {
    const file = join(folder.path, "received");
    writeFileSync(file, "");
    const { tcp } = await receive(script("numbering-receiver.mjs"), file, cable.receiver.address);
    return { ...(await send(tcp, rate, options)), file };
  };
  const send = async (port: number, rate: number, options: SocketHandlerOptions, kind = "socket") => {
    const sender = start(
      cable.sender,
      script("half-open-process.mjs"),
      JSON.stringify({ kind, host: cable.receiver.address, port, rate, options }),
    );
    const messages: unknown[] = [];
    sender.on("message", (message) => messages.push(message));
    const find = <T extends object>(key: keyof T): T | undefined => messages.find((each) => key in (each as object)) as T | undefined;
    await until("the first record", () => find<{ ready: number }>("ready") !== undefined);
    return { sender, find, readyMs: find<{ ready: number }>("ready")!.ready };
  };
  const noticed = async (find: <T extends object>(key: keyof T) => T | undefined, cutMs: number): Promise<number> => {
    await until("the sender to notice", () => find<Noticed>("noticedMs") !== undefined, 90_000, 50);
    return find<Noticed>("noticedMs")!.noticedMs - cutMs;
  };

  test("is noticed by who waits for confirmations, and once it is mended nothing is missing", async () => {
    // The default is 30 seconds; a tenth of it otherwise.
    const options: SocketHandlerOptions = { delivery: "acknowledged", maxBytes: 1e9, ...(fullCounts ? {} : { ackTimeoutMs: 3_000 }) };
    const { sender, find, readyMs, file } = await connect(1_000, options);
    const cutAt = Date.now();
    cable.cut();
    const afterMs = await noticed(find, readyMs);
    // Some attempts to connect vanish too.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    cable.mend();
    const awayMs = Date.now() - cutAt;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    sender.send("settle");
    await until("the end", () => find<{ sent: number }>("sent") !== undefined, 90_000, 20);
    const { sent, stats } = find<{ sent: number; stats: { delivered: number } }>("sent")!;
    const arrived = readFileSync(file, "latin1").trimEnd().split("\n").map(Number);
    console.log(
      `packets dropped for ${(awayMs / 1_000).toFixed(1)} s: noticed after ${(afterMs / 1_000).toFixed(1)} s (${find<Noticed>("noticedMs")!.why}); sent ${sent}, confirmed ${stats.delivered}, arrived ${arrived.length}`,
    );
    expect(afterMs).toBeLessThan(fullCounts ? 45_000 : 4_500);
    expect(stats).toEqual({ accepted: sent, delivered: sent, queued: 0, dropped: {}, failed: {} });
    expect(arrived).toEqual(Array.from({ length: sent }, (_, i) => i));
  });

  test("is noticed by who writes more than the system has room for", async () => {
    // The default is 40 seconds.
    const { find, readyMs } = await connect(20_000, { maxBytes: 1e7, ...(fullCounts ? {} : { stallTimeoutMs: 3_000 }) });
    cable.cut();
    const afterMs = await noticed(find, readyMs);
    console.log(`packets dropped under writing: noticed after ${(afterMs / 1_000).toFixed(1)} s (${find<Noticed>("noticedMs")!.why})`);
    expect(afterMs).toBeLessThan(fullCounts ? 45_000 : 4_500);
  });

  test("is noticed by who writes little, through what the system sends again and again", async () => {
    // All that is written finds room in the operating system. A record each second; the default is 40 seconds.
    const options = fullCounts ? {} : { stallTimeoutMs: 3_000 };
    const authority = new CertificateAuthority(folder.path);
    const { keyPath, certPath } = authority.issue("logs.example");
    const { tcp, tls } = await receive(script("silent-receiver.mjs"), cable.receiver.address, keyPath, certPath);
    const senders = {
      plain: await send(tcp, 1, options),
      TLS: await send(tls, 1, { ...options, tls: { ca: authority.ca, serverName: "logs.example" } }),
      syslog: await send(tcp, 1, options, "syslog"),
    };
    // While records come across nothing is given up.
    await new Promise((resolve) => setTimeout(resolve, fullCounts ? 50_000 : 5_000));
    for (const { find } of Object.values(senders)) expect(find<Noticed>("noticedMs")).toBeUndefined();
    const cutAt = Date.now();
    cable.cut();
    const notice = async ([name, { find }]: [string, (typeof senders)["plain"]]): Promise<void> => {
      await until(`the sender to notice (${name})`, () => find<Noticed>("noticedMs") !== undefined, 90_000, 20);
      const afterMs = Date.now() - cutAt;
      const { why } = find<Noticed>("noticedMs")!;
      console.log(`packets dropped under a record each second (${name}): noticed after ${(afterMs / 1_000).toFixed(1)} s (${why})`);
      expect(afterMs).toBeLessThan(fullCounts ? 45_000 : 4_500);
    };
    await Promise.all(Object.entries(senders).map(notice));
  });

  test.skipIf(!fullCounts)("is noticed in time by who writes just before the system's own probes would have ended it", async () => {
    const { sender, find, readyMs } = await connect(0, {});
    cable.cut();
    // The probes begin after 15 idle seconds and end with the tenth of them, and rest while something is under way.
    await new Promise((resolve) => setTimeout(resolve, 23_000));
    expect(find<Noticed>("noticedMs")).toBeUndefined();
    sender.send("log");
    const afterMs = await noticed(find, readyMs);
    console.log(
      `packets dropped, one record 23 s later: noticed after ${(afterMs / 1_000).toFixed(1)} s (${find<Noticed>("noticedMs")!.why})`,
    );
    expect(afterMs).toBeLessThan(45_000);
  });

  test.skipIf(!fullCounts)("is noticed by who has nothing to send, through the system's own probes (their times are fixed)", async () => {
    const { find, readyMs } = await connect(0, {});
    cable.cut();
    const afterMs = await noticed(find, readyMs);
    console.log(`packets dropped in silence: noticed after ${(afterMs / 1_000).toFixed(1)} s (${find<Noticed>("noticedMs")!.why})`);
    expect(afterMs).toBeLessThan(45_000);
  });
});

describe.skipIf(missing)("datagrams for which the system has no buffer", () => {
  test("are counted, cost no error that nobody catches, and hold nothing up for long", () => {
    // On a link whose packets are this small a large datagram falls into more pieces than a socket may have buffers for: ENOBUFS.
    const shell = `ip link set lo up mtu 68 && exec ${JSON.stringify(process.execPath)} ${JSON.stringify(script("full-buffer-process.mjs"))} 5 6`;
    const { arrived, uncaught, stats, cpuMs } = JSON.parse(run("unshare", "--net", "sh", "-c", shell)) as {
      arrived: number[];
      uncaught: string[];
      stats: { accepted: number; delivered: number; queued: number; failed: Readonly<Record<string, number>> };
      cpuMs: number;
    };
    console.log(
      `datagrams: ${stats.accepted}, of them without buffer: ${stats.failed["noBuffer"]}; arrived ${arrived.length}; ${cpuMs.toFixed(0)} ms of CPU`,
    );
    expect(uncaught).toEqual([]);
    expect(stats).toEqual({ accepted: 20, delivered: 18, queued: 0, dropped: {}, failed: { noBuffer: 2 } });
    expect(arrived).toEqual([0, 1, 2, 3, 4, ...Array.from({ length: 13 }, (_, i) => i + 7)]);
  });
});
