import type { FileSystem } from "@cordwood/handlers-file";

type Counts = (name: string, args: readonly unknown[]) => boolean;

export const watchedSystem: (before: (name: string, args: readonly unknown[]) => void) => FileSystem;
export const failingAt: (
  at: number,
  code: string,
  options?: { times?: number; counts?: Counts },
) => { system: FileSystem; state: { calls: number; failed: number; at: string } };
export const killingAt: (at: number, options?: { counts?: Counts }) => FileSystem;
export class FullDisk {
  room: number;
  readonly system: FileSystem;
  constructor(room: number);
}
export const shortWrite: (most: number) => FileSystem;
