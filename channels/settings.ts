import { readFileSync } from "node:fs";
import { ChannelError } from "./channel-error.ts";
import type { Channel } from "./plugin.ts";

/** Variables that begin like a channel's setting, but are none. */
const OWN = ["CHANNEL_PLUGINS", "CHANNEL_PRIVATE_HOSTS"];

/** The variable that configures a channel: `CHANNEL_SMS` (JSON), or `CHANNEL_SMS_FILE` (path of a JSON file). */
export function variableOf(name: string): string {
  return `CHANNEL_${name.toUpperCase()}`;
}

/**
 * Reads one channel's configuration from the environment.
 * @returns undefined when it is not set, which leaves the channel off
 * @throws ChannelError that names the variable and the key at fault, never the value
 */
export function readSettings(channel: Channel, env: NodeJS.ProcessEnv): { config: unknown } | undefined {
  const variable = variableOf(channel.name);
  const file = env[`${variable}_FILE`];
  const inline = env[variable];
  const fail = (fault: string, remedy: string): never => {
    throw new ChannelError(channel.name, inline ? variable : `${variable}_FILE`, fault, remedy);
  };
  if (!file && !inline) return undefined;
  if (file && inline)
    return fail(
      "is set beside the variable of the same name",
      `Set ${variable} or ${variable}_FILE, not both.`,
    );
  let text = inline ?? "";
  if (file) {
    try {
      text = readFileSync(file, "utf8");
    } catch {
      return fail("the file can't be read", "Name a JSON file that this process may read.");
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(
      "is not JSON",
      `Write an object, e.g. ${variable}='{"key": "value"}', or unset it to leave the channel off.`,
    );
  }
  const parsed = channel.config.safeParse(value);
  if (parsed.success) return { config: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "(all)"}: ${message}`);
  return fail(faults.join("; "), "Correct it, or unset the variable to leave the channel off.");
}

/** @throws ChannelError when a CHANNEL_… variable belongs to none of the channels: a typing error would leave one off */
export function refuseStraySettings(names: string[], env: NodeJS.ProcessEnv): void {
  const known = new Set(names.flatMap((name) => [variableOf(name), `${variableOf(name)}_FILE`]).concat(OWN));
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith("CHANNEL_") || known.has(variable)) continue;
    // Other programs may have variables of such names; ours hold an object, or name a file.
    const meant =
      env[variable]?.trim().startsWith("{") === true || (variable.endsWith("_FILE") && env[variable]);
    if (!meant) continue;
    const name = variable
      .slice("CHANNEL_".length)
      .replace(/_FILE$/, "")
      .toLowerCase();
    const remedy = `There are: ${names.join(", ")}. Correct the name, or add the plugin's package to CHANNEL_PLUGINS.`;
    throw new ChannelError(name, variable, "is set, but there is no such channel", remedy);
  }
}

/** A comma-separated list; empty entries are left out. */
export function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
