/** Request logging for Koa. @packageDocumentation */
import { withContext } from "@cordwood/core";
import { beginNode, type NodeRequest, type NodeResponse } from "./request/node-request.js";
import { RequestLog, type RequestLogOptions } from "./request/request-log.js";

export type { RequestLogger, RequestLogOptions } from "./request/request-log.js";

/** What is asked of Koa's context. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  readonly originalUrl: string;
}

/**
 * A middleware that logs one record for each response and puts `requestId` on everything logged meanwhile. Use it before all others. What a
 * middleware throws goes on to Koa; the record of a response from 500 carries it.
 * @throws LoggingError for an option that makes no sense.
 */
export function requestLogging<Context extends KoaContext = KoaContext>(
  options: RequestLogOptions<Context> = {},
): (context: Context, next: () => Promise<unknown>) => Promise<void> {
  const log = new RequestLog(options);
  return async (context, next) => {
    const { method, headers } = context.req;
    const seen = { headers, originalUrl: context.originalUrl, ...(method === undefined ? {} : { method }) };
    const exchange = beginNode(log, context, seen, context.res);
    try {
      await withContext(exchange.context, next);
    } catch (error) {
      exchange.error = error;
      throw error;
    }
  };
}
