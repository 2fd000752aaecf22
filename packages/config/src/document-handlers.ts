import type { By, Factory, HandlerCommon, LevelName, NamesOf, Options, Reference } from "./document.js";

type Stream = Reference | { write(text: string): unknown } | null;
type Flag = boolean | 0 | 1;
type Hook = Factory | Reference | null;

interface FileKeys {
  readonly filename: string | URL;
  readonly encoding?: string | null;
  readonly errors?: "strict" | "ignore" | "replace" | "backslashreplace" | "xmlcharrefreplace" | null;
  readonly delay?: Flag;
  readonly fileMode?: number | string;
  readonly folderMode?: number | string;
  readonly buffering?: "record" | Options<BufferingKeys>;
  readonly checkIntervalMs?: number;
  readonly header?: string | ((filename: string) => string);
  readonly followSymlinks?: Flag;
  readonly fsync?: Flag;
  readonly shared?: Flag;
}

interface BufferingKeys {
  readonly bytes?: number;
  readonly intervalMs?: number;
  readonly flushLevel?: LevelName | number;
}

interface PlainFileKeys extends FileKeys {
  readonly mode?: "a" | "w" | "x";
}

interface RotatedKeys {
  readonly backupCount?: number;
  readonly maxBytes?: number;
  readonly maxAge?: number | string;
  readonly maxTotalBytes?: number;
  readonly compress?: "gzip" | "brotli" | "zstd" | null;
  readonly namer?: Hook;
  readonly rotator?: Hook;
}

interface TimedKeys extends FileKeys, RotatedKeys {
  readonly when?: string;
  readonly interval?: number;
  readonly utc?: Flag;
  readonly timeZone?: string;
  readonly atTime?: string | Options<TimeOfDayKeys> | null;
  readonly whenTaken?: "wait" | "number";
}

interface TimeOfDayKeys {
  readonly hour: number;
  readonly minute?: number;
  readonly second?: number;
}

interface OutboxKeys {
  readonly capacity?: number;
  readonly maxBytes?: number;
  readonly whenFull?: "drop-newest" | "drop-oldest";
  readonly closeTimeoutMs?: number;
}

interface ConnectionKeys {
  readonly connectTimeoutMs?: number;
  readonly handshakeTimeoutMs?: number;
  readonly stallTimeoutMs?: number;
  readonly reconnectInitialMs?: number;
  readonly reconnectFactor?: number;
  readonly reconnectMaxMs?: number;
  readonly tls?: Tls;
}

type Tls = boolean | Options<TlsKeys> | null;
type Pem = string | Uint8Array;

interface TlsKeys {
  readonly ca?: Pem | readonly Pem[];
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly passphrase?: string;
  readonly serverName?: string;
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

interface SpoolKeys {
  readonly directory: string;
  readonly maxBytes?: number;
  readonly segmentBytes?: number;
  readonly syncIntervalMs?: number;
}

interface SocketKeys extends OutboxKeys, ConnectionKeys {
  readonly host: string;
  readonly port: number | null;
  readonly codec?: "json" | "pickle";
  readonly callSite?: Flag;
  readonly delivery?: "at-most-once" | "acknowledged";
  readonly spool?: Options<SpoolKeys> | null;
  readonly ackTimeoutMs?: number;
  readonly maxFrameBytes?: number;
}

interface DatagramKeys extends OutboxKeys {
  readonly host: string;
  readonly port: number;
  readonly codec?: "json" | "pickle";
  readonly callSite?: Flag;
  readonly maxDatagramBytes?: number;
}

type Facility =
  | ("auth" | "authpriv" | "console" | "cron" | "daemon" | "ftp" | "kern" | "lpr" | "mail" | "news" | "ntp" | "security")
  | ("solaris-cron" | "syslog" | "user" | "uucp" | `local${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`);

interface SysLogKeys extends OutboxKeys, ConnectionKeys {
  readonly address?: string | readonly [host: string, port: number] | Options<{ readonly host: string; readonly port: number }>;
  readonly facility?: Facility | number;
  readonly socktype?: 1 | 2 | null;
  readonly timeout?: number | null;
  readonly transport?: "udp" | "tcp";
  readonly protocol?: "rfc3164" | "rfc5424";
  readonly framing?: "none" | "newline" | "octet-counting";
  readonly ident?: string;
  readonly appendNul?: Flag;
  readonly hostname?: string;
  readonly appName?: string;
  readonly structuredDataId?: string;
  readonly maxDatagramBytes?: number;
}

interface HttpKeys extends OutboxKeys {
  readonly host: string;
  readonly url: string;
  readonly method?: string;
  readonly secure?: Flag;
  readonly credentials?: readonly [user: string, password: string] | Options<{ readonly bearer: string }> | null;
  readonly tls?: Tls;
  readonly format?: "form" | "json" | "ndjson";
  readonly gzip?: Flag;
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  readonly maxDelayMs?: number;
  readonly requestTimeoutMs?: number;
  readonly maxAttempts?: number;
  readonly retryInitialMs?: number;
  readonly retryMaxMs?: number;
}

interface DigestKeys {
  readonly maxRecords?: number;
  readonly maxDelayMs?: number;
  readonly minIntervalMs?: number;
}

interface SmtpKeys extends OutboxKeys {
  readonly mailhost: string | readonly [host: string, port: number | null];
  readonly fromaddr: string;
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
  readonly credentials?: readonly [user: string, password: string] | null;
  readonly secure?: boolean | "implicit" | readonly [] | null;
  readonly tls?: Tls;
  readonly digest?: Flag | Options<DigestKeys>;
  readonly maxAttempts?: number;
  readonly retryInitialMs?: number;
  readonly retryMaxMs?: number;
  readonly timeout?: number | null;
  readonly timeoutMs?: number;
}

interface MemoryKeys {
  readonly capacity: number;
  readonly flushLevel?: LevelName | number;
  /** Name of a handler of the document. */
  readonly target?: string | null;
  readonly flushOnClose?: Flag;
  readonly uses?: readonly string[];
}

interface FingersCrossedKeys {
  /** Name of a handler of the document. */
  readonly target: string;
  readonly actionLevel?: LevelName | number;
  readonly holdBelow?: LevelName | number;
  readonly by?: string | Factory;
  readonly afterAction?: "write" | "hold";
  readonly maxRecords?: number;
  readonly maxContexts?: number;
  readonly maxIdleMs?: number;
  readonly whenClosed?: "drop" | "write";
}

interface RepeatKeys {
  /** Name of a handler of the document. */
  readonly target: string;
  readonly by?: Factory | Reference | null;
  readonly windowMs?: number;
}

interface QueueKeys<Custom extends string> {
  readonly queue?: QueueName | Made<QueueName, LogQueueKeys> | OwnPart<Custom> | { put(...args: never[]): unknown } | null;
  readonly listener?: ListenerName | Made<ListenerName, ListenerKeys> | OwnPart<Custom> | null;
  /** Names of handlers of the document. */
  readonly handlers?: readonly string[] | null;
  readonly respectHandlerLevel?: Flag;
  readonly uses?: readonly string[];
}

type QueueName = NamesOf<
  "LogQueue",
  "handlers-queue",
  "queue.Queue" | "queue.SimpleQueue" | "multiprocessing.Queue" | "multiprocessing.SimpleQueue"
>;
type ListenerName = NamesOf<"QueueListener", "handlers-queue", "logging.handlers.QueueListener">;

/** With options. */
type Made<Names, Keys> = Options<Keys> & { readonly "()": Names };

/** A queue or listener of the program's own. */
type OwnPart<Custom extends string> = Custom | Factory | { readonly [option: string]: unknown; readonly "()": Custom | Factory };

interface LogQueueKeys {
  readonly maxsize?: number;
  readonly capacity?: number;
  readonly maxBytes?: number;
  readonly whenFull?: "drop-newest" | "drop-oldest" | "inline" | "block" | DropBelow | { readonly block: Block | Reference };
  readonly name?: string;
}

// One key, in either spelling: what is not optional cannot be left to `Options`.
type DropBelow = { readonly dropBelow: LevelName | number | Reference } | { readonly drop_below: LevelName | number | Reference };
type Block = { readonly maxMs: number | Reference } | { readonly max_ms: number | Reference };

interface ListenerKeys {
  readonly respectHandlerLevel?: Flag;
  readonly drainMs?: number;
}

type Of<Names, Keys> = HandlerCommon & Options<Keys> & By<Names>;

/** A handler of one of the official classes, by Python's name or ours. */
export type OfficialHandler<Custom extends string = never> =
  | Of<
      NamesOf<"StreamHandler", "core", "logging.StreamHandler">,
      { readonly stream?: Stream; readonly terminator?: string; readonly maxBufferedBytes?: number }
    >
  | Of<NamesOf<"ConsoleHandler", "core">, object>
  | Of<NamesOf<"NullHandler", "core", "logging.NullHandler">, object>
  | Of<NamesOf<"FileHandler", "handlers-file", "logging.FileHandler">, PlainFileKeys>
  | Of<NamesOf<"WatchedFileHandler", "handlers-file", "logging.handlers.WatchedFileHandler">, PlainFileKeys>
  | Of<NamesOf<"RotatingFileHandler", "handlers-file", "logging.handlers.RotatingFileHandler">, PlainFileKeys & RotatedKeys>
  | Of<NamesOf<"TimedRotatingFileHandler", "handlers-file", "logging.handlers.TimedRotatingFileHandler">, TimedKeys>
  | Of<NamesOf<"SocketHandler", "handlers-net", "logging.handlers.SocketHandler">, SocketKeys>
  | Of<NamesOf<"DatagramHandler", "handlers-net", "logging.handlers.DatagramHandler">, DatagramKeys>
  | Of<NamesOf<"SysLogHandler", "handlers-net", "logging.handlers.SysLogHandler">, SysLogKeys>
  | Of<NamesOf<"HttpHandler", "handlers-net", "logging.handlers.HTTPHandler">, HttpKeys>
  | Of<NamesOf<"SmtpHandler", "handlers-net", "logging.handlers.SMTPHandler">, SmtpKeys>
  | Of<
      NamesOf<"BufferingHandler", "handlers-queue", "logging.handlers.BufferingHandler">,
      { readonly capacity: number; readonly uses?: readonly string[] }
    >
  | Of<NamesOf<"MemoryHandler", "handlers-queue", "logging.handlers.MemoryHandler">, MemoryKeys>
  | Of<NamesOf<"FingersCrossedHandler", "filters">, FingersCrossedKeys>
  | Of<NamesOf<"RepeatHandler", "filters">, RepeatKeys>
  | Of<NamesOf<"QueueHandler", "handlers-queue", "logging.handlers.QueueHandler">, QueueKeys<Custom>>;
