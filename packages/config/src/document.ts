/** A logging configuration in Python's dictConfig schema. */
export type LoggingConfig = Readonly<Record<string, unknown>>;
