import type { FSWatcher } from "node:fs";
import { attempt, reportError } from "@cordwood/core";
import { applyFile, type LoadConfigOptions } from "./load-config.js";
import { readDocument } from "./read-document.js";

/** What {@link watchConfig} takes beside the file. */
export interface WatchConfigOptions extends LoadConfigOptions {
  /** How long the files must have stayed the same before they are read, in milliseconds: editors write in steps. Default 100. */
  readonly settleMs?: number;
  /** Looks at the files in this interval, in milliseconds, for file systems that tell of no change. Default: only when told. */
  readonly pollMs?: number;
  /** Told of each reload: nothing when the new configuration is in force, the error when the old one stays. */
  readonly onReload?: (error: unknown) => void;
}

/** A file under watch. */
export interface ConfigWatcher {
  /** Reads the files now and applies them if they have changed. Rejects when they cannot be applied; the old configuration then stays. */
  reload(): Promise<void>;
  /** Stops watching. The configuration stays in force. */
  close(): void;
}

/**
 * Loads a configuration's file and applies it again whenever it, or a file it extends, changes. Handlers whose entries have not changed stay
 * open. When the new content is bad or half written the old configuration stays, and the error reporter is told. Watching does not keep the
 * process running.
 * @throws what `loadConfig` throws, when the file cannot be applied at first.
 */
export const watchConfig = async (path: string | URL, options: WatchConfigOptions = {}): Promise<ConfigWatcher> => {
  const watch = new Watch(path, options);
  await watch.reload();
  return watch;
};

class Watch implements ConfigWatcher {
  readonly #path: string | URL;
  readonly #options: WatchConfigOptions;
  /** What was tried last, good or bad, so that it is not tried again. */
  #tried: string | undefined;
  #files: readonly string[] = [];
  #watchers: FSWatcher[] = [];
  #settling: NodeJS.Timeout | undefined;
  readonly #polling: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #first = true;
  #closed = false;

  constructor(path: string | URL, options: WatchConfigOptions) {
    this.#path = path;
    this.#options = options;
    if (options.pollMs !== undefined) this.#polling = setInterval(() => this.#look(), options.pollMs).unref();
  }

  reload(): Promise<void> {
    const mine = this.#last.then(() => this.#apply());
    this.#last = mine.catch(() => {});
    return mine;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#settling);
    clearInterval(this.#polling);
    this.#unwatch();
  }

  async #apply(): Promise<void> {
    if (this.#closed) return;
    this.#tried = this.#content();
    const { settleMs: _settle, pollMs: _poll, onReload: _told, ...load } = this.#options;
    const file = await readDocument(this.#path, load);
    await applyFile(file, { ...load, keepUnchanged: !this.#first || (load.keepUnchanged ?? false) });
    this.#first = false;
    this.#follow([...file.files.keys()]);
    this.#tried = this.#content();
  }

  /** What the files hold now, in one text to compare. */
  #content(): string {
    const { readFileSync } = process.getBuiltinModule("fs");
    return this.#files.map((file) => attempt(() => readFileSync(file, "latin1"), "")).join("\0");
  }

  /** Watches the folders: a file that an editor replaces, or a link that is turned, is another file. */
  #follow(files: readonly string[]): void {
    const { dirname } = process.getBuiltinModule("path");
    const folders = (list: readonly string[]): string => [...new Set(list.map((file) => dirname(file)))].join("\0");
    const moved = folders(files) !== folders(this.#files);
    this.#files = files;
    if (!moved || this.#closed) return;
    this.#unwatch();
    const { watch } = process.getBuiltinModule("fs");
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      const watcher = watch(folder, { persistent: false }, () => this.#look());
      watcher.on("error", (error) => reportError({ cause: "configuration file", message: `${folder} is no longer watched`, error }));
      this.#watchers.push(watcher);
    }
  }

  #unwatch(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  /** Something happened near the files: waits until they have stayed the same for a while. */
  #look(before?: string): void {
    if (this.#closed || (before === undefined && this.#settling !== undefined)) return;
    const seen = this.#content();
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      const now = this.#content();
      if (now !== seen) this.#look(now);
      else if (now !== this.#tried) this.#reloadAndTell();
    }, this.#options.settleMs ?? 100);
    this.#settling.unref();
  }

  #reloadAndTell(): void {
    const { onReload } = this.#options;
    this.reload().then(
      () => attempt(() => onReload?.(undefined), undefined),
      (error: unknown) => {
        reportError({
          // Each mistake is a cause of its own: who mends one within the minute is told of the next.
          cause: `configuration file: ${attempt(() => String((error as Error).message).slice(0, 500), "")}`,
          message: `${String(this.#path)} has changed and cannot be applied; the former configuration stays`,
          error,
        });
        attempt(() => onReload?.(error), undefined);
      },
    );
  }
}
