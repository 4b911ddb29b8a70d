import { websocketChannel } from "../../channels/websocket/channel.ts";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { findChannels, PLUGINS_FOLDER } from "../../channels/registry.ts";
import { readChannelSettings } from "../../config/channels.ts";
import { ConfigError, parseEnv, STAND_INS } from "../../config/env.ts";
import { openMasterKeys } from "../../config/kms/open.ts";
import { StartProblem } from "../services/problem.ts";
import { namesServices, roleProblem } from "./services.ts";

/** What the embedded default brings along, for a check that starts nothing. */
const EMBEDDED = {
  ...STAND_INS,
  TOCSIN_MASTER_KEY: `check:${Buffer.alloc(32).toString("base64")}`,
  TOCSIN_EMBEDDED: "1",
};

/** Stands in for services of which some are named and others are not, which is a fault by itself. */
const MISSING = { ...STAND_INS, REDIS_URL: "redis://localhost" };

/**
 * Reads the configuration of an embedded start, before anything is started for it.
 * @throws ConfigError
 */
export function requireEmbedded(env: NodeJS.ProcessEnv, argv: string[]): void {
  parseEnv(filled(env, EMBEDDED), argv);
}

/**
 * Every fault of the configuration with which `npm start` would start, a line each; nothing is started, and no service is asked but one that keeps
 * master keys.
 */
export async function findFaults(env: NodeJS.ProcessEnv, argv: string[]): Promise<string[]> {
  const faults: string[] = [];
  let given = env;
  let options = argv;
  try {
    if (!namesServices(env)) {
      given = filled(env, EMBEDDED);
      const role = argv.find((word) => word.startsWith("--role="));
      if (role !== undefined) faults.push(roleProblem(role).message);
      options = argv.filter((word) => word !== role);
    }
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    faults.push(error.message);
    given = filled(env, MISSING);
  }
  try {
    parseEnv(await openMasterKeys(given), options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
  }
  const builtIn = [websocketChannel(createLocalBridge())];
  const found = await findChannels({ builtIn, settings: readChannelSettings(env), folder: PLUGINS_FOLDER });
  return [...faults, ...found.faults.map(({ message }) => message)];
}

/** The environment with what it lacks. */
const filled = (env: NodeJS.ProcessEnv, standIns: Record<string, string>): NodeJS.ProcessEnv => ({
  ...env,
  ...Object.fromEntries(Object.entries(standIns).filter(([name]) => !env[name])),
});
