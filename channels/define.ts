/** Everything that a plugin imports from this program, as `tocsin/channel`. */
import { ChannelError } from "./channel-error.ts";
import { CHANNEL_NAME } from "./contract.ts";
import type { Channel, ChannelInstance } from "./plugin.ts";

export { outcomeOfError, outcomeOfResponse, retryAfterMs } from "./answers.ts";
export { ChannelError } from "./channel-error.ts";
export { EgressError } from "./egress-error.ts";
export type { Category, Priority } from "./contract.ts";
export type { Connect, ConnectOptions, Fetch } from "./network.ts";
export * from "./plugin.ts";

/**
 * Declares a channel. Checks the declaration at once and freezes it.
 * @throws ChannelError that names the plugin, the field and the remedy.
 */
export function defineChannel<Config>(channel: Channel<Config>): Readonly<Channel<Config>> {
  assertChannel(channel, "(unnamed)");
  return Object.freeze({ ...channel });
}

/** Names whose setting (`CHANNEL_<NAME>`) means something else. */
const RESERVED = ["plugins", "private_hosts"];

/**
 * Checks that a value, from wherever it was imported, is a channel.
 * @param source its name in errors while its own is not known, e.g. the path it came from
 */
export function assertChannel(value: unknown, source: string): asserts value is Channel {
  if (typeof value !== "object" || value === null) {
    throw new ChannelError(
      source,
      "default export",
      "is not a channel",
      "Write: export default defineChannel({ … }).",
    );
  }
  const name = field(value, "name");
  const plugin = typeof name === "string" && name !== "" ? name : source;
  const fail = (at: string, fault: string, remedy: string): never => {
    throw new ChannelError(plugin, at, fault, remedy);
  };
  if (typeof name !== "string" || !CHANNEL_NAME.test(name)) {
    fail("name", "is not a slug", "Use 1 to 32 of a–z, 0–9 and _, starting with a letter.");
  } else if (RESERVED.includes(name) || name.endsWith("_file")) {
    fail("name", `"${name}" is reserved`, "Choose a name other than plugins, private_hosts and …_file.");
  }
  const config = field(value, "config");
  if (typeof config !== "object" || config === null || typeof field(config, "safeParse") !== "function") {
    fail("config", "is not a zod schema", "Give a schema, z.object({}) where nothing is to be configured.");
  }
  for (const key of ["hosts", "start"]) {
    if (typeof field(value, key) !== "function") {
      fail(
        key,
        "is not a function",
        `Write ${key === "hosts" ? 'hosts: (config) => ["api.example.com"]' : "start: (config, { fetch, connect, log }) => ({ deliver, check })"}.`,
      );
    }
  }
  const phi = field(value, "phi");
  if (phi !== "redacted" && phi !== "none") {
    fail(
      "phi",
      "says neither",
      'Write "redacted" to get the redacted text, or "none" to get only "you have a message".',
    );
  }
  if (typeof field(value, "idempotent") !== "boolean") {
    fail(
      "idempotent",
      "is not a boolean",
      "Write true only when the provider dedupes by the idempotency key.",
    );
  }
  if (!["function", "undefined"].includes(typeof field(value, "address"))) {
    fail("address", "is not a function", "Write address: (text) => normalised or null, or leave it out.");
  }
  const timeout = field(value, "timeoutMs");
  if (
    timeout !== undefined &&
    !(Number.isInteger(timeout) && Number(timeout) >= 1 && Number(timeout) <= 120_000)
  ) {
    fail("timeoutMs", "is out of range", "Give whole milliseconds from 1 to 120000, or leave it out.");
  }
}

/**
 * Checks the instance that a plugin's `start` returned.
 * @throws ChannelError when it can't deliver or check.
 */
export function assertInstance(value: unknown, plugin: string): asserts value is ChannelInstance {
  const found = typeof value === "object" && value !== null ? value : {};
  for (const key of ["deliver", "check"]) {
    if (typeof field(found, key) === "function") continue;
    throw new ChannelError(
      plugin,
      `start().${key}`,
      "is not a function",
      "Return { deliver, check } from start.",
    );
  }
  for (const key of ["over", "status", "stop"]) {
    if (["function", "undefined"].includes(typeof field(found, key))) continue;
    throw new ChannelError(
      plugin,
      `start().${key}`,
      "is not a function",
      "Make it a function, or leave it out.",
    );
  }
}

function field(value: object, key: string): unknown {
  return Reflect.get(value, key);
}
