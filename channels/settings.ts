import type { ChannelSettings } from "../config/channels.ts";
import { ChannelError } from "./channel-error.ts";
import type { Channel } from "./plugin.ts";

/** The variable that configures a channel: `CHANNEL_SMS` (JSON), or `CHANNEL_SMS_FILE` (path of a JSON file). */
export function variableOf(name: string): string {
  return `CHANNEL_${name.toUpperCase()}`;
}

/**
 * Parses one channel's configuration by its own schema.
 * @returns undefined when it is not set, which leaves the channel off
 * @throws ChannelError that names the variable and the key at fault, never the value
 */
export function parseSettings(
  channel: Channel,
  { ofChannels }: ChannelSettings,
): { config: unknown } | undefined {
  const name = variableOf(channel.name);
  const setting = ofChannels.get(name);
  if (setting === undefined) return undefined;
  const { variable, text, doubled } = setting;
  const fail = (fault: string, remedy: string): never => {
    throw new ChannelError(channel.name, variable, fault, remedy);
  };
  if (doubled)
    return fail("is set beside the variable of the same name", `Set ${name} or ${name}_FILE, not both.`);
  if (text === null) return fail("the file can't be read", "Name a JSON file that this process may read.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(
      "is not JSON",
      `Write an object, e.g. ${name}='{"key": "value"}', or unset it to leave the channel off.`,
    );
  }
  const parsed = channel.config.safeParse(value);
  if (parsed.success) return { config: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  return fail(faults.join("; "), "Correct it, or unset the variable to leave the channel off.");
}

/**
 * @throws ChannelError when a CHANNEL_… variable belongs to none of the channels: a typing error would leave a
 * channel off
 */
export function refuseStraySettings(names: string[], { ofChannels }: ChannelSettings): void {
  const known = new Set(names.map(variableOf));
  for (const [name, { variable, text }] of ofChannels) {
    // Other programs may have variables with such names; Tocsin's hold an object, or name a file.
    const meant = variable !== name || text?.trim().startsWith("{") === true;
    if (known.has(name) || !meant) continue;
    const stray = name.slice(variableOf("").length).toLowerCase();
    const remedy = `There are: ${names.join(", ")}. Correct the name, or add the plugin's package to CHANNEL_PLUGINS.`;
    throw new ChannelError(stray, variable, "is set, but there is no such channel", remedy);
  }
}
