/** An HTTP service: each request carries its own fields, secrets never leave the process, and three readers get the lines they expect. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getLogger, shutdown, withContext } from "@cordwood/core";
import { JsonFormatter, type JsonPreset, RedactFilter, SECRET_KEYS, SECRET_PATTERNS } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";

// The filter stands on each handler: a logger's own filters do not see what the loggers below it log.
const secrets = new RedactFilter({ keys: SECRET_KEYS, patterns: SECRET_PATTERNS, paths: ["**.card.number"] });
// Machine and process differ from run to run, so they are left out here.
const presets: Readonly<Record<string, readonly string[]>> = { cordwood: [], pino: ["pid", "hostname"], ecs: ["process.pid"] };
for (const [preset, omit] of Object.entries(presets)) {
  const formatter = new JsonFormatter({ preset: preset as JsonPreset, omit });
  getLogger().addHandler(new FileHandler(`${preset}.log`, { formatter, filters: [secrets] }));
}
getLogger().setLevel("INFO");

const http = getLogger("shop.http");
const orders = getLogger("shop.orders");

/** Knows nothing of requests; what it logs carries the request's fields all the same, also after a wait. */
async function order(body: { user: string; password: string; card: { number: string } }): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  orders.info("order of %s taken", body.user, { order: body });
  if (body.user === "bert") throw new Error("bank refused Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl");
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request;
  await withContext({ requestId: headers["x-request-id"], http: { method, url } }, async () => {
    try {
      let text = "";
      for await (const chunk of request) text += chunk;
      http.info("request", { headers: { authorization: headers.authorization, accept: headers.accept } });
      await order(JSON.parse(text));
      response.end("ok");
    } catch (error) {
      http.exception("request failed", error);
      response.writeHead(500).end("failed");
    }
  });
}

const server = createServer(serve).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const { port } = server.address() as AddressInfo;
for (const user of ["anna", "bert"]) {
  const body = JSON.stringify({ user, password: "hunter2", card: { number: "4111 1111 1111 1111" } });
  const headers = { "x-request-id": `r-${user}`, authorization: `Basic ${btoa(`${user}:hunter2`)}`, accept: "text/plain" };
  const answer = await fetch(`http://127.0.0.1:${port}/orders?token=s3cr3t`, { method: "POST", body, headers });
  console.log(answer.status, await answer.text());
}
server.close();
await shutdown();
