/**
 * The contract of a channel plugin. A plugin is a pure value: nothing happens until the registry starts it, and what
 * it needs of the world (`fetch`, `connect`, `log`) is handed to it.
 */
import type { z } from "zod";
import type { Category, Priority } from "./contract.ts";
import type { Connect, Fetch } from "./egress.ts";

export { outcomeOfError, outcomeOfResponse, retryAfterMs } from "./answers.ts";
export { EgressError } from "./egress-error.ts";
export type { Connect, ConnectOptions, Fetch } from "./egress.ts";
export type { Category, Priority } from "./contract.ts";

/** What a delivery came to. `code` is a slug of the plugin's own, never the provider's text. */
export type Outcome =
  | { kind: "delivered" | "accepted"; providerId?: string }
  /** Not taken now. `afterMs` is the wait that the provider asked for. */
  | { kind: "retry"; code: string; afterMs?: number }
  /** Refused for good: trying again will not help. */
  | { kind: "reject"; code: string }
  /** Sent, but the answer was lost: it may or may not have been taken. */
  | { kind: "unknown"; code: string };

/** One attempt to deliver one notification to one person. */
export interface Deliverable {
  message: {
    notificationId: string;
    deliveryId: string;
    /** Position in the recipient's inbox. */
    seq: number;
    category: Category;
    priority: Priority;
    /** Redacted; null where there is none. With `phi: "none"` title and text say only that a message waits. */
    title: string | null;
    text: string;
    /** ISO 8601. */
    createdAt: string;
  };
  recipient: {
    userId: string;
    inboxId: string;
    /** The channel's address of this person (e-mail address, E.164 number …). */
    address: string | null;
    /** BCP 47. */
    locale?: string;
  };
  /** 1 for the first. */
  attempt: number;
  /** The delivery id: the same in every attempt, to be passed on to a provider that dedupes. */
  idempotencyKey: string;
  /** Aborts when the attempt's time is up or the worker stops. */
  signal: AbortSignal;
}

export type CheckResult = { ok: true } | { ok: false; code: string };

/** A provider's callback as it arrived. */
export interface StatusCallback {
  method: string;
  /** The public URL that was called, as the provider signed it. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The raw bytes, as they were signed. */
  body: Uint8Array;
}

/** What a provider says became of an earlier delivery. */
export interface StatusUpdate {
  /** What `deliver` returned as `providerId`. */
  providerId: string;
  /** `message.deliveryId`, where the provider hands it back: it finds a delivery whose answer was lost. */
  deliveryId?: string;
  outcome: "accepted" | "delivered" | "failed" | "unknown";
  /** Why, when it failed or is unknown. */
  code?: string;
}

export type StatusResult =
  | { kind: "updates"; updates: StatusUpdate[] }
  /** The signature is missing or wrong: answered 401. */
  | { kind: "unauthentic" }
  /** Authentic, but can't be read: answered 400. */
  | { kind: "malformed" };

export interface ChannelInstance {
  deliver(deliverable: Deliverable): Promise<Outcome>;
  /** Tells whether the provider can be reached and takes the credentials; must not send anything. */
  check(): Promise<CheckResult>;
  /** Reads a provider's callback. The same callback may come twice, late and in any order. */
  status?(callback: StatusCallback): Promise<StatusResult>;
  stop?(): Promise<void> | void;
}

/** Log lines carry ids, codes and counts; never addresses or text. */
export interface ChannelLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A bound on how often something happens. */
export interface Limiter {
  /** Counts one under the key; false when that is one too many. */
  take(key: string): Promise<boolean>;
}

export interface ChannelTools {
  /** Reaches `hosts` only. Errors are `EgressError`s. */
  fetch: Fetch;
  /** Opens a TCP or TLS connection to one of `hosts`. */
  connect: Connect;
  log: ChannelLog;
  /** So many times in so many seconds, counted for all nodes together; `name` tells it from the plugin's other bounds. */
  limiter(name: string, bound: { times: number; seconds: number }): Limiter;
}

export interface Channel<Config = unknown> {
  /** Slug: lower-case letters, digits, `_`. */
  name: string;
  /** Parsed at start; an enabled plugin with an invalid configuration stops the process. */
  config: z.ZodType<Config>;
  /** Every host that the channel will reach: `"api.example.com"` (any port) or `"smtp.example.com:587"`. */
  hosts(config: Config): string[];
  /** `redacted`: gets the redacted text. `none`: gets only "you have a message". */
  phi: "redacted" | "none";
  /** True when the provider takes the idempotency key, so that an unfinished attempt may be made again. */
  idempotent: boolean;
  /** How long one attempt may take, in ms, 1 to 120,000; default 30,000. */
  timeoutMs?: number;
  /**
   * What a person typed as their address, in the one form that `deliver` takes; null when the channel can't or may not
   * reach it. Pure. Left out, any one line of up to 320 characters is taken.
   */
  address?(text: string, config: Config): string | null;
  start(config: Config, tools: ChannelTools): Promise<ChannelInstance> | ChannelInstance;
}

/** How long one attempt may take when the plugin does not say, in ms. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** A plugin is wrong. Says which, where, and what to do about it. */
export class ChannelError extends Error {
  readonly plugin: string;
  readonly field: string;
  readonly remedy: string;
  constructor(plugin: string, field: string, fault: string, remedy: string) {
    super(`Channel plugin "${plugin}": ${field}: ${fault}. ${remedy}`);
    this.name = "ChannelError";
    this.plugin = plugin;
    this.field = field;
    this.remedy = remedy;
  }
}

/**
 * Declares a channel. Checks the declaration at once and freezes it.
 * @throws ChannelError that names the plugin, the field and the remedy.
 */
export function defineChannel<Config>(channel: Channel<Config>): Readonly<Channel<Config>> {
  assertChannel(channel, "(unnamed)");
  return Object.freeze({ ...channel });
}

const NAME = /^[a-z][a-z0-9_]{0,31}$/;
/** Names whose setting (`CHANNEL_<NAME>`) means something else. */
const RESERVED = ["plugins", "private_hosts"];

/**
 * Checks that a value, from wherever it was imported, is a channel.
 * @param source what to call it while its name is not known, e.g. the path it came from
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
  if (typeof name !== "string" || !NAME.test(name)) {
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
 * Checks what a plugin's `start` returned.
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
  for (const key of ["status", "stop"]) {
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
