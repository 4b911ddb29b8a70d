import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { assertChannel } from "./define.ts";
import { ChannelError } from "./channel-error.ts";
import type { Channel } from "./plugin.ts";
import { offerContract } from "./offer.ts";

/** Every plugin of a folder: each subfolder with an index.ts, in order of name. */
export const loadFolder = (folder: string): Promise<Channel[]> =>
  Promise.all(filesOf(folder).map((file) => load(file, file)));

/** The files of a folder's plugins: the index.ts of each subfolder that has one, in order of name. */
export function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = entries.map(({ name }) => join(folder, name, "index.ts")).sort();
  return files.filter((file) => existsSync(file));
}

/**
 * The plugin that an entry of CHANNEL_PLUGINS names.
 * @param entry the name of an installed package, or a path (beginning with `.` or `/`) from `from`: of a file, of a package's folder, or of a
 *   folder with an index.ts or index.js
 */
export async function loadNamed(entry: string, from: string): Promise<Channel> {
  offerContract();
  return load(/^[./]/.test(entry) ? fileAt(resolve(from, entry), entry) : locate(entry, from), entry);
}

/** The file of a path: of a package's folder, what the package exports. */
function fileAt(path: string, source: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw new ChannelError(
      source,
      "CHANNEL_PLUGINS",
      `there is no ${path}`,
      "Correct the path, or remove it there.",
    );
  if (!found.isDirectory()) return path;
  const manifest = join(path, "package.json");
  if (!existsSync(manifest)) {
    const index = ["index.ts", "index.js"].map((file) => join(path, file)).find((file) => existsSync(file));
    if (index !== undefined) return index;
    const remedy = "Name its file, or a folder with a package.json, an index.ts or an index.js.";
    throw new ChannelError(source, "CHANNEL_PLUGINS", "is a folder without a plugin", remedy);
  }
  const { name, exports } = readManifest(manifest, source);
  // A package finds itself by its name where it has exports, and by its folder where it has `main` alone.
  return locate(name === undefined || exports === undefined ? path : name, path);
}

const Manifest = z.looseObject({ name: z.string().optional(), exports: z.unknown().optional() });

function readManifest(path: string, source: string): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new ChannelError(source, "package.json", "can't be read", `Mend ${path}.`);
  }
}

/** The file that an installed package exports. */
function locate(name: string, from: string): string {
  try {
    return createRequire(join(from, "package.json")).resolve(name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
      const remedy = 'Write "exports": "./dist/index.js" in its package.json, or "default" for "import".';
      throw new ChannelError(name, "exports", "offers nothing that can be loaded", remedy);
    }
    const remedy = `Run npm install ${name} in ${from} (and build it, if it is your own), or remove it there.`;
    throw new ChannelError(name, "CHANNEL_PLUGINS", "is not installed", remedy);
  }
}

/**
 * The plugin that a file exports.
 * @param source its name in errors
 * @throws ChannelError
 */
export async function load(file: string, source: string): Promise<Channel> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    const why = error instanceof Error ? error.message : "it threw something that is no Error";
    throw new ChannelError(
      source,
      "module",
      `can't be loaded: ${why}`,
      "Mend it, or leave it out of CHANNEL_PLUGINS.",
    );
  }
  const plugin: unknown = Reflect.get(Object(module), "default");
  assertChannel(plugin, source);
  return plugin;
}
