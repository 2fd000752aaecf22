/** Winston, both ways: a transport that gives winston's messages to the tree, and records to a winston logger. @packageDocumentation */
export { CordwoodTransport, type CordwoodTransportOptions } from "./winston/cordwood-transport.js";
export { WinstonHandler, type WinstonHandlerOptions, type WinstonLike } from "./winston/winston-handler.js";
