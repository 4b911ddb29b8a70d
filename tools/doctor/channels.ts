import { randomBytes } from "node:crypto";
import { createRegistry, findChannels, PLUGINS_FOLDER } from "../../channels/registry.ts";
import { readChannelSettings } from "../../config/channels.ts";
import { createCounters } from "../../config/counters.ts";
import { createLog } from "../../config/log.ts";
import { fault, type Finding, ok } from "./finding.ts";

/** The plugins' channels that the environment sets up. */
export async function outsideChannels(env: NodeJS.ProcessEnv): Promise<string[]> {
  const settings = readChannelSettings(env);
  const { configured } = await findChannels({ builtIn: [], settings, folder: PLUGINS_FOLDER });
  return configured.map(({ channel }) => channel.name);
}

/** Each channel's own check: whether its provider can be reached and takes this site's credentials. */
export async function channels(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const registry = await createRegistry({
    builtIn: [],
    settings: readChannelSettings(env),
    log: createLog("silent"),
    counters: createCounters(null),
    // A check tells nobody anything, so it needs no secret of the installation.
    derive: () => randomBytes(32).toString("base64url"),
  });
  try {
    const on = (await registry.checks()).filter(({ state }) => state !== "not_configured");
    if (on.length === 0)
      return [ok("channels", "No channel outside is set up: people are told on open pages.")];
    return on.map(({ name, state, detail }) =>
      state === "ok"
        ? ok(`channel ${name}`, "Its check passes.")
        : fault(
            `channel ${name}`,
            `Its check fails (${detail ?? "no reason given"}).`,
            `Correct CHANNEL_${name.toUpperCase()}, or see that its provider can be reached; the plugin's README lists its reasons.`,
          ),
    );
  } finally {
    await registry.stop();
  }
}
