import { listOf, readSetting, type Setting } from "./setting.ts";

/** The environment's settings for channels. The registry has each plugin's own schema parse the plugin's setting. */
export interface ChannelSettings {
  /** Packages and paths of plugins that are not in the tree: CHANNEL_PLUGINS. */
  plugins: string[];
  /** Hosts that channels may reach although their addresses lie inside: CHANNEL_PRIVATE_HOSTS. */
  privateHosts: string[];
  /** The settings of single channels, by `CHANNEL_<NAME>`. */
  ofChannels: Map<string, ChannelSetting>;
}

export interface ChannelSetting extends Setting {
  /** Both `CHANNEL_<NAME>` and `CHANNEL_<NAME>_FILE` are set. */
  doubled: boolean;
}

const PREFIX = "CHANNEL_";
const FILE = /_FILE$/;

/** Reads CHANNEL_PLUGINS, CHANNEL_PRIVATE_HOSTS and, for every channel, CHANNEL_<NAME> or CHANNEL_<NAME>_FILE. */
export function readChannelSettings(env: NodeJS.ProcessEnv): ChannelSettings {
  const { CHANNEL_PLUGINS, CHANNEL_PRIVATE_HOSTS, ...others } = env;
  const names = Object.keys(others)
    .filter((variable) => variable.startsWith(PREFIX))
    .map((variable) => variable.replace(FILE, ""));
  const found = new Set(names);
  return {
    plugins: listOf(CHANNEL_PLUGINS),
    privateHosts: listOf(CHANNEL_PRIVATE_HOSTS),
    ofChannels: new Map(
      [...found].flatMap((name): [string, ChannelSetting][] => {
        const setting = readSetting(env, name);
        const doubled = Boolean(env[name]) && Boolean(env[`${name}_FILE`]);
        return setting === null ? [] : [[name, { ...setting, doubled }]];
      }),
    ),
  };
}
