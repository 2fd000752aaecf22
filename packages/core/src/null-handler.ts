import { Handler } from "./handler.js";
import type { LogRecord } from "./record.js";

/** Does nothing: for libraries that want silence until the application configures logging. */
export class NullHandler extends Handler {
  override handle(_record: LogRecord): void {}

  protected override emit(): void {}
}
