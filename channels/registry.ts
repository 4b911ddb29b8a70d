import { fileURLToPath } from "node:url";
import type { ChannelSettings } from "../config/channels.ts";
import type { Counters } from "../config/counters.ts";
import { ChannelError } from "./channel-error.ts";
import { assertInstance } from "./define.ts";
import type { Channel, ChannelInstance, ChannelLog } from "./plugin.ts";
import { createEgress } from "./egress.ts";
import { bareHost, parseHosts } from "./hosts.ts";
import { addressOf } from "./typed-address.ts";
import { limiterFor } from "./limiter.ts";
import { filesOf, load, loadNamed } from "./load.ts";
import { checkOf, slug } from "./outcome.ts";
import { parseSettings, refuseStraySettings } from "./settings.ts";

/** A channel that is on. */
export interface Running {
  channel: Channel;
  instance: ChannelInstance;
  /**
   * Turns an address as a person typed it into the form that the channel takes; null when it is no address. Never
   * throws.
   */
  address(text: string): string | null;
}

/** A channel's state, as people are shown it. */
export interface ChannelState {
  name: string;
  state: "ok" | "down" | "not_configured";
  /** Why it is down: a slug. */
  detail: string | null;
  phi: Channel["phi"];
  /** When it was last checked; ISO 8601. Null while it is not configured. */
  checked_at: string | null;
}

export interface Registry {
  /** Undefined when there is no such channel, or it is off. */
  get(name: string): Running | undefined;
  /** The channels that are on. */
  names(): string[];
  /** Every channel there is, including those that are off. */
  known(): string[];
  /** Every channel's state, checked now or up to 10 s ago. */
  checks(): Promise<ChannelState[]>;
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** Channels that are part of the program: always on, with an empty configuration. */
  builtIn: Channel[];
  settings: ChannelSettings;
  log: ChannelLog;
  counters: Counters;
  /** Derives a secret of the installation: 32 bytes, base64url. */
  derive: (purpose: string) => string;
  /** Folder of the plugins in the tree. */
  folder?: string;
}

/** The plugins in the tree. */
export const PLUGINS_FOLDER = fileURLToPath(new URL("../plugins", import.meta.url));
/** A check that takes longer, in ms, counts as down. */
const CHECK_TIMEOUT_MS = 5_000;
/** For how long, in ms, a check's result is good: many may ask, and providers count calls. */
const CHECK_FRESH_MS = 10_000;

/**
 * Finds every channel, and starts those that are configured.
 * @throws ChannelError naming plugin, field and remedy when one is broken or its configuration invalid
 */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const { builtIn, settings, log, counters, derive, folder = PLUGINS_FOLDER } = options;
  const { all, configured, faults } = await findChannels({ builtIn, settings, folder });
  if (faults[0] !== undefined) throw faults[0];
  const privateHosts = new Set(settings.privateHosts.map(bareHost));
  const running = new Map<string, Running>();
  const checked = new Map<string, { at: number; result: Promise<ChannelState> }>();
  const registry: Registry = {
    get: (name) => running.get(name),
    names: () => [...running.keys()],
    known: () => all.map(({ name }) => name),
    checks: () => Promise.all(all.map((channel) => check(channel))),
    async stop() {
      await Promise.allSettled([...running.values()].map(async ({ instance }) => instance.stop?.()));
      running.clear();
    },
  };

  for (const { channel, config } of configured) {
    try {
      const instance = await startChannel(channel, config, { privateHosts, counters, derive, log });
      running.set(channel.name, {
        channel,
        instance,
        address: (text) =>
          addressOf(channel, config, text, instance.deviceKey === undefined ? "typed" : "device"),
      });
    } catch (error) {
      await registry.stop();
      throw error;
    }
  }
  log.info({ on: registry.names(), off: all.length - running.size }, "channels");

  async function check(channel: Channel): Promise<ChannelState> {
    const { name, phi } = channel;
    const found = running.get(name);
    if (found === undefined) return { name, state: "not_configured", detail: null, phi, checked_at: null };
    const last = checked.get(name);
    if (last !== undefined && performance.now() - last.at < CHECK_FRESH_MS) return last.result;
    const result = checkOf(found.instance, CHECK_TIMEOUT_MS).then((outcome): ChannelState => {
      const detail = outcome.ok ? null : slug(outcome.code);
      return {
        name,
        state: outcome.ok ? "ok" : "down",
        detail,
        phi,
        checked_at: new Date().toISOString(),
      };
    });
    checked.set(name, { at: performance.now(), result });
    return result;
  }

  return registry;
}

/** Every channel that there is, those that are configured, and all that is wrong with them. */
export interface Found {
  all: Channel[];
  configured: { channel: Channel; config: unknown }[];
  faults: ChannelError[];
}

/** Loads every channel and reads its settings; starts none. */
export async function findChannels({
  builtIn,
  settings,
  folder,
}: Pick<RegistryOptions, "builtIn" | "settings"> & { folder: string }): Promise<Found> {
  const faults: ChannelError[] = [];
  /** What comes of it, undefined where that is a fault. */
  const noting = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      faults.push(error);
      return undefined;
    }
  };
  const loaded = await Promise.allSettled([
    ...filesOf(folder).map((file) => load(file, file)),
    ...settings.plugins.map((entry) => loadNamed(entry, process.cwd())),
  ]);
  const plugins: Channel[] = [];
  for (const one of loaded) {
    const plugin = await noting(() => (one.status === "fulfilled" ? one.value : Promise.reject(one.reason)));
    if (plugin !== undefined) plugins.push(plugin);
  }
  const all = [...builtIn, ...plugins];
  await noting(() => refuseDoubles(all));
  // A setting may be of a plugin that did not load.
  if (faults.length === 0)
    await noting(() =>
      refuseStraySettings(
        plugins.map(({ name }) => name),
        settings,
      ),
    );
  const configured: Found["configured"] = builtIn.map((channel) => ({ channel, config: {} }));
  for (const channel of plugins) {
    const parsed = await noting(() => parseSettings(channel, settings));
    if (parsed !== undefined) configured.push({ channel, ...parsed });
  }
  return { all, configured, faults };
}

function refuseDoubles(channels: Channel[]): void {
  const names = channels.map(({ name }) => name);
  const double = names.find((name, at) => names.indexOf(name) !== at);
  if (double === undefined) return;
  throw new ChannelError(
    double,
    "name",
    "is taken by another channel",
    "Rename one, or take it out of CHANNEL_PLUGINS.",
  );
}

async function startChannel(
  channel: Channel,
  config: unknown,
  options: Pick<RegistryOptions, "counters" | "derive" | "log"> & { privateHosts: ReadonlySet<string> },
): Promise<ChannelInstance> {
  const { name: plugin } = channel;
  const { privateHosts, counters, derive } = options;
  const log = named(options.log, plugin);
  const hosts = parseHosts(plugin, await guarded(plugin, "hosts", () => channel.hosts(config)));
  const egress = createEgress({ plugin, hosts, privateHosts, log });
  const secret = (name: string): string => derive(`channel ${plugin} ${name}`);
  const tools = { ...egress, log, limiter: limiterFor(plugin, counters), secret };
  const instance: unknown = await guarded(plugin, "start", () => channel.start(config, tools));
  assertInstance(instance, plugin);
  return instance;
}

/** The log of one plugin: each of its lines names it. */
const named = (log: ChannelLog, plugin: string): ChannelLog => ({
  debug: (fields, message) => log.debug({ ...fields, plugin }, message),
  info: (fields, message) => log.info({ ...fields, plugin }, message),
  warn: (fields, message) => log.warn({ ...fields, plugin }, message),
  error: (fields, message) => log.error({ ...fields, plugin }, message),
});

/** Runs a plugin's own code; anything that it throws becomes an error that says where. */
async function guarded<T>(plugin: string, field: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const why = error instanceof Error ? error.message : "something that is no Error";
    throw new ChannelError(
      plugin,
      field,
      `threw: ${why}`,
      "Return a value instead; start may connect, but not fail.",
    );
  }
}
