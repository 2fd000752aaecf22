/** Request logging for Express, and for anything else with `(request, response, next)`: Connect, Polka, plain `node:http`. @packageDocumentation */
import { withContext } from "@cordwood/core";
import { beginNode, type NodeRequest, type NodeResponse } from "./request/node-request.js";
import { RequestLog, type RequestLogOptions } from "./request/request-log.js";

export type { RequestLogger, RequestLogOptions } from "./request/request-log.js";
export type { NodeRequest, NodeResponse };

/**
 * A middleware that logs one record for each response and puts `requestId` on everything logged meanwhile. Put it before all others.
 * @throws LoggingError for an option that makes no sense.
 */
export function requestLogging<Request extends NodeRequest = NodeRequest>(
  options: RequestLogOptions<Request> = {},
): (request: Request, response: NodeResponse, next: (error?: unknown) => void) => void {
  const log = new RequestLog(options);
  return (request, response, next) => withContext(beginNode(log, request, request, response).context, () => next());
}
