/** Names of the attributes; any other key is a field. `message` is made anew, `asctime` by the formatter, and `exc_info` is never sent. */
export const WIRE_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...["name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text", "stack_info", "lineno"],
  ...["funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName", "process", "taskName", "error"],
  ...["message", "asctime"],
]);
