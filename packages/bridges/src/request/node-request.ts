import type { IncomingMessage, ServerResponse } from "node:http";
import { getContext, withContext } from "@cordwood/core";
import type { RequestInProgress, RequestLog } from "./request-log.js";

/** What is asked of Node's requests, or a framework's that extend them. `originalUrl` is the target before routers have cut it. */
export type NodeRequest = Pick<IncomingMessage, "method" | "url" | "headers"> & { readonly originalUrl?: string };

/** What is asked of Node's responses. */
export type NodeResponse = Pick<ServerResponse, "statusCode" | "once">;

/** A request over Node's own http, with what went wrong if the framework tells. */
export interface NodeExchange extends RequestInProgress {
  error: unknown;
}

/** Begins the record of a request; it is logged when the response was handed to the operating system, or the connection is gone before that. */
export function beginNode<Request>(
  log: RequestLog<Request>,
  request: Request,
  incoming: NodeRequest,
  response: NodeResponse,
  id?: string,
): NodeExchange {
  const inProgress = log.begin(request, {
    method: incoming.method ?? "",
    url: incoming.originalUrl ?? incoming.url ?? "",
    header: (name) => incoming.headers[name],
    ...(id === undefined ? {} : { id }),
  });
  const exchange: NodeExchange = { ...inProgress, error: undefined };
  // The events come in the server's context, not in that of the request.
  const outer = getContext() ?? {};
  const end = (aborted: boolean): void =>
    withContext(outer, () => exchange.end({ status: response.statusCode, aborted, error: exchange.error }));
  response.once("finish", () => end(false));
  response.once("close", () => end(true));
  return exchange;
}
