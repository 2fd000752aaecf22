import {
  attempt,
  checkLevel,
  ERROR,
  getLogger,
  INFO,
  type Level,
  LoggingError,
  reportError,
  show,
  WARNING,
  withContext,
} from "@cordwood/core";
import { callable } from "../options.js";
import { safeText } from "./safe-text.js";

/** What is asked of a logger: `getLogger(…)`, a view of one, an adapter. */
export interface RequestLogger {
  log(level: Level, message: unknown, ...args: unknown[]): void;
}

export interface RequestLogOptions<Request> {
  /** Logger of the records, or its name. Default `"http"`. */
  readonly logger?: string | RequestLogger;
  /** Level of the record, or a function of the status (499: the client went away). Default ERROR from 500, WARNING from 400, otherwise INFO. */
  readonly level?: Level | ((status: number) => Level);
  /** Header with the id that a proxy has given the request; `false`: none is believed. Default `"x-request-id"`. */
  readonly idHeader?: string | false;
  /** Requests that get no record; asked when the response is finished. Default none. */
  readonly skip?: (request: Request) => boolean;
  /** More fields for the record; asked when the response is finished. Default none. */
  readonly fields?: (request: Request) => object;
}

/** What a framework knows of a request when it comes in. */
export interface Incoming {
  readonly method: string;
  /** The target of the request line; only its path is logged. */
  readonly url: string;
  /** The framework's own id; an id made here when missing. */
  readonly id?: string;
  header(name: string): unknown;
}

/** What is known when the response is finished. */
export interface Outcome {
  readonly status: number;
  /** Whether the client went away before the end. */
  readonly aborted?: boolean;
  readonly error?: unknown;
}

/** One request on its way. */
export interface RequestInProgress {
  /** The fields of everything that is logged during the request. */
  readonly context: { readonly requestId: string };
  /** Logs the record. A second call does nothing. */
  end(outcome: Outcome): void;
}

const DEFAULTS = { logger: "http", idHeader: "x-request-id" };
const LONGEST_ID = 128;
const LONGEST_PATH = 1_024;
const LONGEST_METHOD = 32;
/** nginx's number for a request whose client closed the connection; no HTTP status stands for it. */
const CLIENT_CLOSED = 499;

/** What the middlewares have in common: an id for each request, one record for each response. */
export class RequestLog<Request> {
  readonly #logger: RequestLogger;
  readonly #levelOf: (status: number) => number;
  readonly #idHeader: string | false;
  readonly #skip: ((request: Request) => boolean) | undefined;
  readonly #fields: ((request: Request) => object) | undefined;

  /** @throws LoggingError for an unknown level, a logger that is none, an `idHeader` that is no name, `skip` or `fields` that cannot be called. */
  constructor(options: RequestLogOptions<Request> = {}) {
    const { logger = DEFAULTS.logger, level, idHeader = DEFAULTS.idHeader } = options;
    if (typeof logger !== "string" && typeof logger?.log !== "function") {
      throw new LoggingError("OPTION_INVALID", `requestLogging: logger is ${show(logger)}; give a logger or its name`);
    }
    if (idHeader !== false && (typeof idHeader !== "string" || idHeader === "")) {
      throw new LoggingError("OPTION_INVALID", `requestLogging: idHeader is ${show(idHeader)}; give the name of a header, or false`);
    }
    this.#logger = typeof logger === "string" ? getLogger(logger) : logger;
    this.#levelOf = levels(level);
    this.#idHeader = idHeader === false ? false : idHeader.toLowerCase();
    this.#skip = callable("requestLogging", "skip", options.skip);
    this.#fields = callable("requestLogging", "fields", options.fields);
  }

  begin(request: Request, incoming: Incoming): RequestInProgress {
    const started = performance.now();
    const context = { requestId: this.#idOf(incoming) };
    const method = safeText(incoming.method, LONGEST_METHOD);
    const path = pathOf(incoming.url);
    let ended = false;
    return {
      context,
      end: ({ status: sent, aborted = false, error }) => {
        if (ended) return;
        ended = true;
        // A tenth of a millisecond is as much as a duration here can mean.
        const durationMs = Math.round((performance.now() - started) * 10) / 10;
        const status = aborted ? CLIENT_CLOSED : sent;
        if (this.#ask("skip", this.#skip, request) === true) return;
        const fields = { ...this.#ask("fields", this.#fields, request), method, path, status, durationMs };
        const level = this.#levelOf(status);
        const thrown = error !== undefined && status >= 500 ? [error] : [];
        withContext(context, () => this.#logger.log(level, "%s %s %d in %s ms", method, path, status, durationMs, fields, ...thrown));
      },
    };
  }

  #idOf({ id, header }: Incoming): string {
    const given = this.#idHeader === false ? undefined : attempt(() => header(this.#idHeader as string));
    return typeof given === "string" && given !== "" ? safeText(given, LONGEST_ID) : (id ?? crypto.randomUUID());
  }

  /** A function of the application that fails costs its answer, never the request. */
  #ask<T>(option: string, ask: ((request: Request) => T) | undefined, request: Request): T | undefined {
    try {
      return ask?.(request);
    } catch (error) {
      reportError({ cause: `requestLogging ${option}`, message: `requestLogging: ${option} failed; the record is made without it`, error });
      return undefined;
    }
  }
}

function levels(level: Level | ((status: number) => Level) | undefined): (status: number) => number {
  if (typeof level !== "function") {
    const fixed = level === undefined ? undefined : checkLevel(level);
    return (status) => fixed ?? (status >= 500 ? ERROR : status >= 400 ? WARNING : INFO);
  }
  const standard = levels(undefined);
  return (status) => {
    try {
      return checkLevel(level(status));
    } catch (error) {
      reportError({ cause: "requestLogging level", message: `requestLogging: level failed for status ${status}`, error });
      return standard(status);
    }
  };
}

/** The path alone: queries carry tokens, and an absolute target may carry a password. */
const pathOf = (url: string): string => {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  return safeText(path === "" ? "/" : path, LONGEST_PATH);
};
