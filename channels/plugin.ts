/**
 * The contract of a channel plugin. A plugin is a pure value: nothing happens until the registry starts it, and what
 * it needs of the world (`fetch`, `connect`, `log`) is handed to it.
 */
import type { z } from "zod";
import type { Category, Priority } from "./contract.ts";
import type { Connect, Fetch } from "./network.ts";

/** A channel's answer to an attempt. `code` is a slug of the plugin's own, never the provider's text. */
export type Outcome = (
  | { kind: "delivered" | "accepted"; providerId?: string }
  /** Not taken now. `afterMs` is the wait that the provider asked for. */
  | { kind: "retry"; code: string; afterMs?: number }
  /** Refused for good: trying again will not help. */
  | { kind: "reject"; code: string }
  /** Sent, but the answer was lost: it may or may not have been taken. */
  | { kind: "unknown"; code: string }
) & {
  /** Where an address names several devices: the ids of those that the provider says are no more. Nothing is sent to them again. */
  gone?: string[];
};

/** One attempt to deliver one notification to one person. */
export interface Deliverable {
  message: {
    notificationId: string;
    deliveryId: string;
    /** Position in the recipient's inbox. */
    seq: number;
    category: Category;
    /** Its own, for the words. */
    priority: Priority;
    /** How urgently it is told: its priority, or critical where its recipient is told because nobody else answered. */
    urgency: Priority;
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
  /**
   * What it is: a person's notification; a `code` by which somebody confirms this address, whose text must arrive as it is; or a notice about their
   * `account`. The last two are no alerts, have no place in an inbox, and are not redacted.
   */
  purpose: "notification" | "code" | "account";
  /** 1 for the first. */
  attempt: number;
  /** The delivery id: the same in every attempt, to be passed on to a provider that dedupes. */
  idempotencyKey: string;
  /** Aborts when the attempt's time is up or the worker stops. */
  signal: AbortSignal;
  /**
   * The earlier delivery that is over, where this one tells so. `message` then says it in words for the person: that somebody else took it, or
   * that it was withdrawn, and nothing of what was sent.
   */
  ends?: Ending;
  /** Where somebody waits for the recipient's answer: what a message may offer. */
  asks?: {
    /** A page on which the recipient answers, once, within a day; null where the installation has no public address. */
    url: string | null;
    /** Three digits that name this alert in a short answer, where several wait. */
    code: string;
  };
  /** An address to which a mail program posts that its person wants no more by this channel (RFC 8058); never on what is told as critical. */
  unsubscribe?: string;
}

/** A delivery about which there is nothing left to do. */
export interface Ending {
  how: "taken" | "resolved" | "replaced" | "cancelled" | "expired" | "closed";
  deliveryId: string;
  /** The `providerId` that `deliver` returned for it. */
  providerId: string | null;
}

export type CheckResult = { ok: true } | { ok: false; code: string };

/** A provider's callback as it arrived. */
export interface StatusCallback {
  method: string;
  /**
   * The installation's own origin (`PUBLIC_URL`), where a provider that signs addresses was told to call; null where none is set: go by an address of your own
   * configuration then, or turn the call away. Never the `Host` of the request, which whoever calls chooses.
   */
  origin: string | null;
  /** Path and query, as they were called. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The raw bytes, as they were signed. */
  body: Uint8Array;
}

/** A provider's report of what became of an earlier delivery. */
export interface StatusUpdate {
  /** The `providerId` that `deliver` returned. */
  providerId: string;
  /** `message.deliveryId`, where the provider hands it back: it finds a delivery whose answer was lost. */
  deliveryId?: string;
  outcome: "accepted" | "delivered" | "failed" | "unknown";
  /** Why, when it failed or is unknown. */
  code?: string;
}

/** What a person answered by the channel: that they take care of it, or that somebody else has to. */
export interface StatusAnswer {
  /** The provider's id of the answer, which is taken once, however often it comes. */
  answerId: string;
  answer: "acknowledge" | "decline";
  /**
   * What it answers: a delivery by the `providerId` that `deliver` returned or by `message.deliveryId`; or, of what was sent to an address, the alert with the
   * `asks.code` that the person named, and without one the only alert that is open. Where that is not plain, nothing is done.
   */
  to: { providerId: string } | { deliveryId: string } | { address: string; code?: string };
}

/** What became of an answer. `nothing`: it fits no open alert, or not one alone, or takes more than a word; that is on record. */
export type AnswerOutcome = "acknowledged" | "declined" | "nothing";

export type StatusResult =
  | {
      kind: "updates";
      updates: StatusUpdate[];
      /** The signature says that the provider sent them, and so that the person did. */
      answers?: StatusAnswer[];
      /** What the provider is answered, in the order of `answers`, e.g. what it is to tell the person; nothing unless given. */
      reply?(outcomes: AnswerOutcome[]): { type: "text/xml"; body: string };
    }
  /** The signature is missing or wrong: answered 401. */
  | { kind: "unauthentic" }
  /** Authentic, but can't be read: answered 400. */
  | { kind: "malformed" };

export interface ChannelInstance {
  deliver(deliverable: Deliverable): Promise<Outcome>;
  /** Tells whether the provider can be reached and takes the credentials; must not send anything. */
  check(): Promise<CheckResult>;
  /**
   * Ends at the provider what `deliver` began, which `ends` names: asked for every person who was told, as soon as the alert is over, and again until it
   * answers. Without this function, `deliver` tells the person in words; with it, nobody who acknowledged is told anything by `deliver`.
   */
  over?(deliverable: Deliverable & { ends: Ending }): Promise<Outcome>;
  /** Reads a provider's callback. The same callback may come twice, late and in any order. */
  status?(callback: StatusCallback): Promise<StatusResult>;
  /**
   * Of a channel whose addresses are browsers, not something that a person types: the public key by which a browser subscribes (RFC 8292, 3.2), base64url. Each
   * person's address is then the list of their devices, as JSON: `[{ id, endpoint, keys: { p256dh, auth } }]`.
   */
  deviceKey?: string;
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
  /** Counts one use of the key; false when that is one too many. */
  take(key: string): Promise<boolean>;
}

export interface ChannelTools {
  /** Reaches `hosts` only. Errors are `EgressError`s. */
  fetch: Fetch;
  /** Opens a TCP or TLS connection to one of `hosts`. */
  connect: Connect;
  log: ChannelLog;
  /**
   * Allows each key `times` uses in `seconds`, counted for all nodes together; `name` tells it from the plugin's
   * other limiters.
   */
  limiter(name: string, bound: { times: number; seconds: number }): Limiter;
  /** A secret of the plugin's own, for each name another: 32 bytes, base64url, the same on every node and after each start. */
  secret(name: string): string;
}

export interface Channel<Config = unknown> {
  /** Slug: lower-case letters, digits, `_`. */
  name: string;
  /** Parsed at start; an enabled plugin with an invalid configuration stops the process. */
  config: z.ZodType<Config>;
  /**
   * Every host that the channel will reach: `"api.example.com"` (any port) or `"smtp.example.com:587"`, or `"*.example.com"`, where a provider names one of many
   * itself.
   */
  hosts(config: Config): string[];
  /** `redacted`: gets the redacted text. `none`: gets only "you have a message". */
  phi: "redacted" | "none";
  /** True when the provider takes the idempotency key, so that an unfinished attempt may be made again. */
  idempotent: boolean;
  /** How long one attempt may take, in ms, 1 to 120,000; default 30,000. */
  timeoutMs?: number;
  /**
   * Turns an address as a person typed it into the one form that `deliver` takes; null when the channel can't or may not
   * reach it. Pure. Without this function, any one line of up to 320 characters is taken.
   */
  address?(text: string, config: Config): string | null;
  start(config: Config, tools: ChannelTools): Promise<ChannelInstance> | ChannelInstance;
}

/** How long one attempt may take when the plugin does not say, in ms. */
export const DEFAULT_TIMEOUT_MS = 30_000;
