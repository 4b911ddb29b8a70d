import { createHash } from "node:crypto";
import { createCounters } from "../../config/counters.ts";
import type { Channel, ChannelTools, Deliverable, StatusCallback, StatusUpdate } from "../plugin.ts";
import { createEgress } from "../egress.ts";
import { limiterFor } from "../limiter.ts";
import { parseHosts } from "../hosts.ts";

/** How the fixture's provider treats a request to send. */
export type Scenario =
  /** Takes it. */
  | "taken"
  /** Asks to come back later: HTTP 429, SMTP 4xx … */
  | "busy"
  /** Is broken itself: HTTP 5xx … */
  | "failing"
  /** Refuses the message or its recipient for good: HTTP 4xx, SMTP 5xx … */
  | "refused"
  /** Reads the request, then cuts the connection. */
  | "lost"
  /** Reads the request and never answers. */
  | "hanging";

export const SCENARIOS: readonly Scenario[] = ["taken", "busy", "failing", "refused", "lost", "hanging"];

/** A provider on 127.0.0.1 that can be told how to behave. Its errors should quote what it was sent, as real ones do. */
export interface Provider {
  /** A valid configuration that leads to this provider. */
  config: unknown;
  /** An address that it takes; null when the channel has none. */
  address: string | null;
  /** The wait that it asks for when `busy`, in ms; left out when its protocol can't say. */
  busyForMs?: number;
  /** The key that it dedupes by, unless that is the delivery id. */
  key?: string;
  /** Treats every request from now on like this, and forgets the earlier ones. */
  behave(scenario: Scenario): Promise<void> | void;
  /** The requests to send that it has had since, each with the idempotency key it saw. */
  requests(): readonly { idempotencyKey: string | null }[];
  /** A report as the provider would send it, validly signed. Needed when the channel has `status`. */
  callback?(report: Pick<StatusUpdate, "providerId" | "outcome">): Promise<StatusCallback> | StatusCallback;
  /** What a person answers by the channel to what was delivered, as the provider would send it, validly signed. Where the channel reads answers. */
  answer?(
    answer: "acknowledge" | "decline",
    delivered: { providerId?: string; deliveryId: string },
  ): Promise<StatusCallback> | StatusCallback;
  close(): Promise<void> | void;
}

export interface ChannelFixture {
  /** Starts a provider for one check. */
  open(): Promise<Provider> | Provider;
  /** Those that make sense for the channel; default all. A channel that reaches hosts must have them all. */
  scenarios?: readonly Scenario[];
}

/** Made-up patient data: it must show up in nothing but the message itself. */
export const CANARY = "Zebulon Quillfeather, MRN 0099887766";

/** One made-up delivery of the canary to an address. */
export function deliverable(
  { address }: Pick<Provider, "address">,
  signal: AbortSignal = new AbortController().signal,
  attempt = 1,
): Deliverable {
  return {
    message: {
      notificationId: "019a0000-0000-7000-8000-000000000001",
      deliveryId: "019a0000-0000-7000-8000-000000000002",
      seq: 1,
      category: "patient_alert",
      priority: "high",
      urgency: "high",
      title: CANARY,
      text: CANARY,
      createdAt: "2026-01-01T00:00:00.000Z",
    },
    recipient: { userId: "person-1", inboxId: "inbox-1", address },
    purpose: "notification",
    attempt,
    idempotencyKey: "019a0000-0000-7000-8000-000000000002",
    signal,
  };
}

/**
 * The tools as the registry would hand them out.
 * @param hosts the hosts that they may reach: `channel.hosts(config)`
 * @param lines collects the log's lines
 */
export function toolsFor(
  channel: Pick<Channel, "name">,
  hosts: string[],
  lines: unknown[] = [],
): ChannelTools {
  const write = (fields: object, message: string): void => void lines.push({ fields, message });
  const log = { debug: write, info: write, warn: write, error: write };
  const list = parseHosts(channel.name, hosts);
  const egress = createEgress({ plugin: channel.name, hosts: list, privateHosts: new Set(), log });
  const secret = (name: string): string => createHash("sha256").update(name).digest("base64url");
  return { ...egress, log, limiter: limiterFor(channel.name, createCounters(null)), secret };
}
