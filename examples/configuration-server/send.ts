// Takes a file and sends it to the server as the new configuration: a 4-byte length, then the signed text.
import { readFileSync } from "node:fs";
import { hmacSigner, sendConfig } from "@cordwood/config";

const [file = "", port = "", secret = ""] = process.argv.slice(2);

await sendConfig(readFileSync(file, "utf8"), { port: Number(port), sign: hmacSigner({ secret, key: "ops" }) });
