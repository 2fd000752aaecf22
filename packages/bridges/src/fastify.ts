/** Request logging for Fastify. @packageDocumentation */
import { withContext } from "@cordwood/core";
import type { FastifyPluginCallback, FastifyRequest } from "fastify";
import { beginNode, type NodeExchange } from "./request/node-request.js";
import { RequestLog, type RequestLogOptions } from "./request/request-log.js";

export type { RequestLogger, RequestLogOptions } from "./request/request-log.js";

const plugin: FastifyPluginCallback<RequestLogOptions<FastifyRequest>> = function requestLogging(app, options, ready) {
  let log: RequestLog<FastifyRequest>;
  try {
    log = new RequestLog(options);
  } catch (error) {
    // Thrown in here it would be nobody's to catch; so it rejects `register` and `ready`.
    ready(error as Error);
    return;
  }
  const exchanges = new WeakMap<FastifyRequest, NodeExchange>();
  app.addHook("onRequest", (request, reply, done) => {
    // Fastify has an id already: the one in its own log lines.
    const exchange = beginNode(log, request, request.raw, reply.raw, String(request.id));
    exchanges.set(request, exchange);
    withContext(exchange.context, done);
  });
  app.addHook("onError", (request, _reply, error, done) => {
    const exchange = exchanges.get(request);
    if (exchange) exchange.error = error;
    done();
  });
  ready();
};

/**
 * A plugin that logs one record for each response and puts `requestId` on everything logged meanwhile: `app.register(requestLogging, options)`,
 * before all others. The record of a response from 500 carries the error.
 * @throws LoggingError for an option that makes no sense, by way of `app.ready()` and `app.listen()`.
 */
export const requestLogging: typeof plugin = /* @__PURE__ */ Object.assign(plugin, {
  // What fastify-plugin sets: the hooks are for the whole application, not for what is registered inside this plugin.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "@cordwood/bridges",
});
