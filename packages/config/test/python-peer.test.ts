import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hmacSigner, listen, sendConfig, stopListening } from "@cordwood/config";
import { getLogger, resetLogging } from "@cordwood/core";
import { missingService, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";

const missing = await missingService("python3");

beforeEach(resetLogging);
afterEach(async () => {
  await stopListening();
  resetLogging();
});

const python = (folder: string, script: string, args: readonly string[] = []) => {
  const file = join(folder, "script.py");
  writeFileSync(file, script);
  return spawn("python3", [file, ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
};

// The sender of Python's logging cookbook, its port taken from the command line.
const SENDER = `
import socket, sys, struct
with open(sys.argv[1], 'rb') as f:
    data_to_send = f.read()
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('localhost', int(sys.argv[2])))
s.send(struct.pack('>L', len(data_to_send)))
s.send(data_to_send)
s.close()
print('complete')
`;

const RECEIVER = `
import logging, logging.config, sys
t = logging.config.listen(0)
t.start()
t.ready.wait()
print(t.port, flush=True)
import time
for _ in range(500):
    if logging.getLogger('app.db').level == 10: break
    time.sleep(0.01)
print(logging.getLogger('app.db').level, logging.getLogger().level, flush=True)
logging.config.stopListening()
t.join()
`;

test.skipIf(missing)("takes a configuration from Python's own sender", async () => {
  using folder = temporaryFolder();
  const { port } = await listen({ port: 0, scope: "full" });
  writeFileSync(
    join(folder.path, "new.json"),
    '{"version": 1, "root": {"level": "DEBUG", "handlers": []}, "loggers": {"app.db": {"level": "ERROR"}}}',
  );
  const [code] = await once(python(folder.path, SENDER, ["new.json", String(port)]), "close");
  expect(code).toBe(0);
  await expect.poll(() => [getLogger().level, getLogger("app.db").level]).toEqual([10, 40]);
  writeFileSync(
    join(folder.path, "new.ini"),
    "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nlevel=ERROR\nhandlers=h\n[handler_h]\nclass=StreamHandler\nargs=(sys.stdout,)\n",
  );
  await once(python(folder.path, SENDER, ["new.ini", String(port)]), "close");
  await expect.poll(() => getLogger().level).toBe(40);
});

test.skipIf(missing)("sends a configuration to Python's own server", async () => {
  using folder = temporaryFolder();
  const child = python(folder.path, RECEIVER);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await expect.poll(() => said.includes("\n"), { timeout: 20_000 }).toBe(true);
  const port = Number(said);
  const result = await sendConfig(
    { version: 1, incremental: true, loggers: { "app.db": { level: "DEBUG" } }, root: { level: "ERROR" } },
    { port },
  );
  expect(result).toEqual({ ok: undefined, changed: [], error: undefined });
  await once(child, "close");
  expect(said.split("\n")[1]).toBe("10 40");
});

test.skipIf(missing)("a signature that Python makes by hand is accepted", async () => {
  using folder = temporaryFolder();
  const secret = "0123456789abcdef0123456789abcdef";
  const { hmacVerifier } = await import("@cordwood/config");
  const { port } = await listen({ port: 0, verify: hmacVerifier({ keys: { ops: secret } }) });
  const script = `
import hmac, hashlib, os, socket, struct, sys, time
body = b'{"version": 1, "incremental": true, "root": {"level": "DEBUG"}}'
head = b'cordwood1 ops %d %s\\n' % (time.time() * 1000, os.urandom(16).hex().encode())
sig = hmac.new(b'${secret}', head + body, hashlib.sha256).hexdigest().encode()
data = head[:-1] + b' ' + sig + b'\\n' + body
s = socket.create_connection(('127.0.0.1', ${port}))
s.sendall(struct.pack('>L', len(data)) + data)
s.close()
`;
  await once(python(folder.path, script), "close");
  await expect.poll(() => getLogger().level).toBe(10);
  expect(hmacSigner({ secret, key: "ops" })(new Uint8Array(3)).length).toBeGreaterThan(100);
});
