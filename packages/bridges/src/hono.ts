/** Request logging for Hono. @packageDocumentation */
import { withContext } from "@cordwood/core";
import type { Context, MiddlewareHandler } from "hono";
import { beginNode, type NodeRequest, type NodeResponse } from "./request/node-request.js";
import { RequestLog, type RequestLogOptions } from "./request/request-log.js";

export type { RequestLogger, RequestLogOptions } from "./request/request-log.js";

/** What Hono's adapter for Node puts into `env`. */
interface NodeEnv {
  readonly incoming?: NodeRequest;
  readonly outgoing?: NodeResponse;
}

/**
 * A middleware that logs one record for each response and puts `requestId` on everything logged meanwhile. Use it before all others. On Node the
 * record is logged when the response is out; elsewhere when it is made, a streamed body still to come. From 500 it carries what was thrown.
 * Where there is no AsyncLocalStorage only what is logged before the first `await` has the id.
 * @throws LoggingError for an option that makes no sense.
 */
export function requestLogging(options: RequestLogOptions<Context> = {}): MiddlewareHandler {
  const log = new RequestLog<Context>(options);
  return async (context, next) => {
    const { incoming, outgoing } = (context.env ?? {}) as NodeEnv;
    if (incoming !== undefined && typeof outgoing?.once === "function") {
      const exchange = beginNode(log, context, incoming, outgoing);
      await withContext(exchange.context, next);
      exchange.error = context.error;
      return;
    }
    const { req } = context;
    const inProgress = log.begin(context, { method: req.method, url: req.url, header: (name) => req.header(name) });
    await withContext(inProgress.context, next);
    inProgress.end({ status: context.res.status, error: context.error });
  };
}
