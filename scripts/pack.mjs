// The publishable packages, and their tarballs as a registry would get them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./vitest.mjs";

const onWindows = process.platform === "win32";
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Every package under packages/: its name, folder and manifest. */
export const packages = () =>
  readdirSync(join(root, "packages"))
    .filter((entry) => existsSync(join(root, "packages", entry, "package.json")))
    .map((entry) => {
      const folder = join(root, "packages", entry);
      const manifest = readJson(join(folder, "package.json"));
      return { name: manifest.name, folder, manifest };
    });

const mustRun = (command, args, cwd) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", shell: onWindows });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
};

/** Packs every package with pnpm, which turns `workspace:` ranges into versions. @returns {Map<string, string>} name → tarball */
export const packAll = (into) => {
  const { packageManager } = readJson(join(root, "package.json"));
  mustRun(
    "npx",
    ["-y", `--package=${packageManager}`, "--", "pnpm", "--recursive", "--filter=./packages/*", "pack", "--pack-destination", into],
    root,
  );
  const fileOf = ({ name, manifest }) => join(into, `${name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
  return new Map(packages().map((found) => [found.name, fileOf(found)]));
};

/** The same package under another version, as a tarball of its own. */
export const withVersion = (tarball, version, into) => {
  const folder = mkdtempSync(join(tmpdir(), "cordwood-repack-"));
  mustRun("tar", ["-xzf", tarball, "-C", folder], into);
  const path = join(folder, "package", "package.json");
  writeFileSync(path, JSON.stringify({ ...readJson(path), version }, undefined, 2));
  const target = join(into, `repacked-${version}.tgz`);
  mustRun("tar", ["-czf", target, "-C", folder, "package"], into);
  rmSync(folder, { recursive: true, force: true });
  return target;
};
