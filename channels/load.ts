import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertChannel } from "./define.ts";
import { ChannelError } from "./channel-error.ts";
import type { Channel } from "./plugin.ts";
import { offerContract } from "./offer.ts";

/** Every plugin of a folder: each subfolder with an index.ts, in order of name. */
export async function loadFolder(folder: string): Promise<Channel[]> {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = entries.map(({ name }) => join(folder, name, "index.ts")).sort();
  return Promise.all(files.filter((file) => existsSync(file)).map((file) => load(file, file)));
}

/**
 * The plugin that an entry of CHANNEL_PLUGINS names.
 * @param entry the name of an installed package, or a path (beginning with `.` or `/`) from `from`
 */
export async function loadNamed(entry: string, from: string): Promise<Channel> {
  offerContract();
  return load(/^[./]/.test(entry) ? resolve(from, entry) : locate(entry, from), entry);
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

async function load(file: string, source: string): Promise<Channel> {
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
