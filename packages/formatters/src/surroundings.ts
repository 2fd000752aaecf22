import { attempt } from "@cordwood/core";

interface TerminalLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface ProcessLike {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: TerminalLike;
  readonly stderr?: TerminalLike;
  cwd?(): string;
  getBuiltinModule?(name: string): unknown;
}

/** Node's `process`, where there is one. Asked for at each use: tests and bundlers replace it. */
export const processLike = (): ProcessLike | undefined => (globalThis as { process?: ProcessLike }).process;

/** A module of Node's own, where the runtime has it. */
export const builtin = <T>(name: string): T | undefined => attempt(() => processLike()?.getBuiltinModule?.(name) as T, undefined);

/** An environment variable, where there is an environment and it may be read. */
export const environment = (name: string): string | undefined => attempt(() => processLike()?.env?.[name], undefined);

/** The name of this machine; `localhost` where it cannot be asked for. */
export const hostname = (): string =>
  attempt(() => builtin<{ hostname(): string }>("node:os")?.hostname(), undefined) ?? environment("HOSTNAME") ?? "localhost";
