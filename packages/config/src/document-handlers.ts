import type { By, Factory, HandlerCommon, LevelName, Options, Reference } from "./document.js";

type Stream = Reference | { write(text: string): unknown } | null;
type Flag = boolean | 0 | 1;
type Hook = Factory | Reference | null;

interface FileKeys {
  readonly filename: string | URL;
  readonly encoding?: string | null;
  readonly errors?: "strict" | "ignore" | "replace" | "backslashreplace" | null;
  readonly delay?: Flag;
  readonly fileMode?: number | string;
  readonly folderMode?: number | string;
  readonly buffering?: "record" | Readonly<Record<string, unknown>>;
  readonly checkIntervalMs?: number;
  readonly header?: string | ((filename: string) => string);
  readonly followSymlinks?: Flag;
  readonly fsync?: Flag;
  readonly shared?: Flag;
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
  readonly atTime?: string | Readonly<Record<string, unknown>> | null;
  readonly whenTaken?: "wait" | "number";
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
  readonly tls?: boolean | Readonly<Record<string, unknown>> | null;
}

interface SocketKeys extends OutboxKeys, ConnectionKeys {
  readonly host: string;
  readonly port: number | null;
  readonly codec?: "json" | "pickle";
  readonly callSite?: Flag;
  readonly delivery?: "at-most-once" | "acknowledged";
  readonly spool?: Readonly<Record<string, unknown>> | null;
  readonly ackTimeoutMs?: number;
  readonly maxFrameBytes?: number;
}

interface DatagramKeys extends OutboxKeys {
  readonly host: string;
  readonly port: number | null;
  readonly codec?: "json" | "pickle";
  readonly callSite?: Flag;
  readonly maxDatagramBytes?: number;
}

interface SysLogKeys extends OutboxKeys, ConnectionKeys {
  readonly address?: string | readonly [host: string, port: number] | { readonly host: string; readonly port: number };
  readonly facility?: string | number;
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
  readonly credentials?: readonly [user: string, password: string] | { readonly bearer: string } | null;
  readonly tls?: boolean | Readonly<Record<string, unknown>> | null;
  readonly format?: "form" | "json" | "ndjson";
  readonly gzip?: Flag;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  readonly maxDelayMs?: number;
  readonly requestTimeoutMs?: number;
  readonly maxAttempts?: number;
  readonly retryInitialMs?: number;
  readonly retryMaxMs?: number;
}

interface SmtpKeys extends OutboxKeys {
  readonly mailhost: string | readonly [host: string, port: number];
  readonly fromaddr: string;
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
  readonly credentials?: readonly [user: string, password: string] | null;
  readonly secure?: boolean | "implicit" | readonly [] | null;
  readonly tls?: boolean | Readonly<Record<string, unknown>> | null;
  readonly digest?: boolean | Readonly<Record<string, unknown>>;
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
  readonly queue?: PythonQueue | Custom | Factory | object | null;
  readonly listener?: "logging.handlers.QueueListener" | "QueueListener" | Custom | Factory | object | null;
  /** Names of handlers of the document. */
  readonly handlers?: readonly string[] | null;
  readonly respectHandlerLevel?: Flag;
  readonly uses?: readonly string[];
}

type PythonQueue = "queue.Queue" | "queue.SimpleQueue" | "multiprocessing.Queue" | "multiprocessing.SimpleQueue" | "LogQueue";

type Of<Names, Keys> = HandlerCommon & Options<Keys> & By<Names>;

/** A handler of one of the official classes, by Python's name or ours. */
export type OfficialHandler<Custom extends string = never> =
  | Of<
      "logging.StreamHandler" | "StreamHandler",
      { readonly stream?: Stream; readonly terminator?: string; readonly maxBufferedBytes?: number }
    >
  | Of<"ConsoleHandler", object>
  | Of<"logging.NullHandler" | "NullHandler", object>
  | Of<"logging.FileHandler" | "FileHandler", PlainFileKeys>
  | Of<"logging.handlers.WatchedFileHandler" | "WatchedFileHandler", PlainFileKeys>
  | Of<"logging.handlers.RotatingFileHandler" | "RotatingFileHandler", PlainFileKeys & RotatedKeys>
  | Of<"logging.handlers.TimedRotatingFileHandler" | "TimedRotatingFileHandler", TimedKeys>
  | Of<"logging.handlers.SocketHandler" | "SocketHandler", SocketKeys>
  | Of<"logging.handlers.DatagramHandler" | "DatagramHandler", DatagramKeys>
  | Of<"logging.handlers.SysLogHandler" | "SysLogHandler", SysLogKeys>
  | Of<"logging.handlers.HTTPHandler" | "HTTPHandler" | "HttpHandler", HttpKeys>
  | Of<"logging.handlers.SMTPHandler" | "SMTPHandler" | "SmtpHandler", SmtpKeys>
  | Of<"logging.handlers.BufferingHandler" | "BufferingHandler", { readonly capacity: number; readonly uses?: readonly string[] }>
  | Of<"logging.handlers.MemoryHandler" | "MemoryHandler", MemoryKeys>
  | Of<"FingersCrossedHandler", FingersCrossedKeys>
  | Of<"RepeatHandler", RepeatKeys>
  | Of<"logging.handlers.QueueHandler" | "QueueHandler", QueueKeys<Custom>>;
