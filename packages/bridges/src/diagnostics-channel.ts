/** Node's diagnostics_channel, both ways: records published on a channel, messages of channels as records. @packageDocumentation */
export { type CaptureChannelOptions, captureChannel } from "./diagnostics-channel/capture-channel.js";
export { DiagnosticsChannelHandler, type DiagnosticsChannelHandlerOptions } from "./diagnostics-channel/diagnostics-channel-handler.js";
