import { Handler, type HandlerOptions, type LogRecord } from "@cordwood/core";

/** Puts the text of each record into a list, under its own name. */
export class LinesHandler extends Handler {
  private readonly id: string;
  private readonly sink: { handler: string; logger: string; levelname: string; text: string }[];

  constructor(id: string, sink: { handler: string; logger: string; levelname: string; text: string }[], options: HandlerOptions = {}) {
    super(options);
    this.id = id;
    this.sink = sink;
  }

  protected override emit(record: LogRecord): void {
    this.sink.push({ handler: this.id, logger: record.name, levelname: record.levelname, text: this.format(record) });
  }
}
