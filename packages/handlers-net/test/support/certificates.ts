import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** Makes certificates with the `openssl` command, in a folder of the test. */
export class CertificateAuthority {
  readonly #folder: string;
  readonly ca: string;
  readonly caPath: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.caPath = join(folder, "ca.pem");
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "30",
      "-subj",
      "/CN=Test authority",
      "-keyout",
      join(folder, "ca.key"),
      "-out",
      this.caPath,
    );
    this.ca = readFileSync(this.caPath, "utf8");
  }

  /** A certificate for a name, with the address 127.0.0.1 only where `address` says so. */
  issue(
    name: string,
    options: { readonly address?: boolean; readonly expired?: boolean; readonly selfSigned?: boolean } = {},
  ): Certificate {
    const stem = join(this.#folder, `${name}-${Math.random().toString(36).slice(2)}`);
    const keyPath = `${stem}.key`;
    const certPath = `${stem}.pem`;
    const extension = `subjectAltName=DNS:${name}${options.address === true ? ",IP:127.0.0.1" : ""}`;
    const request = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", `/CN=${name}`, "-keyout", keyPath];
    if (options.selfSigned === true) openssl("req", "-x509", ...request, "-days", "30", "-addext", extension, "-out", certPath);
    else {
      writeFileSync(`${stem}.ext`, extension);
      openssl("req", ...request, "-out", `${stem}.csr`);
      // `-days` may be negative: the certificate has ended before it begins.
      openssl(
        "x509",
        "-req",
        "-in",
        `${stem}.csr`,
        "-CA",
        this.caPath,
        "-CAkey",
        join(this.#folder, "ca.key"),
        "-days",
        options.expired === true ? "-1" : "30",
        "-extfile",
        `${stem}.ext`,
        "-out",
        certPath,
      );
    }
    return { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8"), certPath, keyPath };
  }
}

const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: "pipe" });
