import { defineConfig } from "tsup";
import { base, lazily } from "../../tsup.base.js";

export default defineConfig(
  base(["src/index.ts", "src/browser.ts"], {
    onSuccess: lazily({
      socket: ["DEFAULT_TCP_LOGGING_PORT", "SocketHandler"],
      datagram: ["DEFAULT_UDP_LOGGING_PORT", "DatagramHandler"],
      syslog: ["SYSLOG_FACILITIES", "SYSLOG_PORT", "SYSLOG_PRIORITIES", "SysLogHandler"],
      http: ["DEFAULT_HTTP_LOGGING_PORT", "HttpHandler"],
      smtp: ["SMTP_PORT", "SmtpHandler"],
      receiver: ["LogReceiver"],
      frames: ["decodeFrame", "encodeFrame", "unpickle"],
    }),
  }),
);
