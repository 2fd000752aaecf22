import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly subject: string;
  readonly body: string;
  readonly raw: string;
}

/** A real mail server on a free port that keeps what it receives. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  readonly #server: SMTPServer;
  port = 0;

  constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      logger: false,
      ...options,
      onAuth: (auth, _session, callback) => callback(null, { user: `${auth.username}:${auth.password}` }),
      onData: (stream, session, callback) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          const raw = Buffer.concat(parts).toString("utf8");
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map((each) => each.address),
            secure: session.secure,
            user: session.user as string | undefined,
            ...parse(raw),
            raw,
          });
          callback(null);
        });
      },
    });
    this.#server.on("error", () => {}); // Connections that a test breaks off.
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    this.port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

const parse = (raw: string): { headers: Map<string, string>; subject: string; body: string } => {
  const end = raw.indexOf("\r\n\r\n");
  const headers = new Map<string, string>();
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon), encodedWords(line.slice(colon + 1).trim()));
  }
  const text = raw.slice(end + 4);
  const encoding = headers.get("Content-Transfer-Encoding");
  const bytes =
    encoding === "base64" ? Buffer.from(text, "base64") : encoding === "quoted-printable" ? quotedPrintable(text) : Buffer.from(text);
  return { headers, subject: headers.get("Subject") ?? "", body: bytes.toString("utf8").replaceAll("\r\n", "\n") };
};

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** RFC 2047. */
const encodedWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/(=\?UTF-8\?[QB]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi)].map(([, how, word]) =>
          how!.toUpperCase() === "B" ? Buffer.from(word!, "base64") : quotedPrintable(word!.replaceAll("_", " ")),
        ),
      ).toString("utf8"),
    );
