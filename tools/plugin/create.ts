import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LIVE } from "../../channels/contract.ts";
import { ChannelError } from "../../channels/channel-error.ts";
import { defineChannel } from "../../channels/define.ts";

/** A plugin like any other, tested and linted as it stands; only its name is replaced. */
const TEMPLATE = join(import.meta.dirname, "template");
const TEMPLATE_NAME = "newchannel";

/**
 * Writes a plugin that works and passes its tests: `<folder>/<name>/{index.ts,index.test.ts,README.md}`.
 * @returns the files' paths
 * @throws ChannelError when the name is not valid, or taken; nothing is written then
 */
export function createPlugin(name: string, folder: string): string[] {
  refuseBadName(name);
  const target = join(folder, name);
  if (name === LIVE || existsSync(target)) {
    const where = name === LIVE ? "by the live channel" : `by ${target}`;
    throw new ChannelError(name, "name", `is taken ${where}`, "Choose another.");
  }
  mkdirSync(target, { recursive: true });
  return readdirSync(TEMPLATE).map((file) => {
    const path = join(target, file);
    writeFileSync(path, rename(readFileSync(join(TEMPLATE, file), "utf8"), name), { flag: "wx" });
    return path;
  });
}

/** The contract's own rule for names. */
function refuseBadName(name: string): void {
  const start = (): never => {
    throw new Error("never started");
  };
  defineChannel({ name, config: z.object({}), hosts: () => [], phi: "none", idempotent: false, start });
}

function rename(text: string, name: string): string {
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  return text
    .replaceAll(TEMPLATE_NAME, name)
    .replaceAll(TEMPLATE_NAME.toUpperCase(), name.toUpperCase())
    .replaceAll(capital(TEMPLATE_NAME), capital(name.replaceAll("_", " ")));
}
