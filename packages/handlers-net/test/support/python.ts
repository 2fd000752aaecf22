import { type ChildProcess, spawn } from "node:child_process";

/** Runs a Python program to its end and gives what it printed; its errors become ours. */
export const runPython = (program: string, ...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn("python3", ["-c", program, ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("close", (code) =>
      code === 0 && stderr === "" ? resolve(stdout) : reject(new Error(`python3 ended with ${code}: ${stderr}`)),
    );
  });

/**
 * A receiver in Python, as the cookbook builds it on `socketserver`: reads frames, unpickles with the standard library, makes records, and
 * prints each record's attributes as a line of JSON. The first line it prints is its port.
 */
const RECEIVER = `
import json, logging, pickle, socketserver, struct, sys

def line(payload):
    record = logging.makeLogRecord(pickle.loads(payload))
    shown = dict(record.__dict__, message=record.getMessage())
    print(json.dumps(shown, default=repr), flush=True)

class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            prefix = self.rfile.read(4)
            if len(prefix) < 4: break
            line(self.rfile.read(struct.unpack(">L", prefix)[0]))

class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        line(self.request[0][4:])

class Threading(socketserver.ThreadingTCPServer):
    daemon_threads = True

server = Threading(("127.0.0.1", 0), Stream) if sys.argv[1] == "tcp" else socketserver.UDPServer(("127.0.0.1", 0), Datagram)
print(server.server_address[1], flush=True)
server.serve_forever()
`;

export class PythonReceiver {
  readonly #child: ChildProcess;
  readonly lines: string[] = [];
  port = 0;

  constructor(transport: "tcp" | "udp") {
    this.#child = spawn("python3", ["-c", RECEIVER, transport], { stdio: ["ignore", "pipe", "inherit"] });
    let rest = "";
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (this.port === 0) this.port = Number(line);
        else this.lines.push(line);
      }
    });
  }

  /** What was received, each record's attributes. */
  get records(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
