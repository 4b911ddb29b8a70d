import type { Category, Lane, Priority } from "../../channels/contract.ts";
import { BaseModel } from "./base.ts";

/** Of a channel, by its name: from which priority on it is used, and whether it is begun with the one before it. */
export type ChannelTerms = Record<string, { from?: Priority | undefined; parallel?: boolean | undefined }>;

/** What a service handed in: the sealed intake, and the outbox that the relay reads. */
export class Send extends BaseModel {
  static override tableName = "sends";
  declare service_id: string;
  /** The key that it came with; null for those from before keys were noted. */
  declare service_key_id: string | null;
  /** Null: to everybody of the territory, to those with `role` in it, or to the `people` of a topic. */
  declare user_id: string | null;
  declare role: string | null;
  /** The on-call role that it asked for; `user_id` is who had it then. */
  declare on_call_role: string | null;
  /** The topic that it asked for; `people` are those of it who could be reached then. */
  declare topic: string | null;
  declare people: string[] | null;
  /** Whoever acknowledges it has to read back what the original names. */
  declare read_back: boolean;
  declare lane: Lane;
  declare recipients: number | null;
  declare persisted: number;
  declare territory_id: string;
  declare category: Category;
  declare priority: Priority;
  declare channels: string[] | null;
  /** What it says of single ones of these; null: nothing. */
  declare channel_terms: ChannelTerms | null;
  declare send_at: Date | null;
  declare expires_at: Date | null;
  declare escalation_policy_id: string | null;
  declare idempotency_hash: Buffer | null;
  /** Of its dedup key; null once a later alert has that, and for what joined one. */
  declare dedup_hash: Buffer | null;
  /** The alert that it joined, in place of a notification of its own. */
  declare joined: string | null;
  /** Of a digest: what it groups. Its `send_at` is the end of its window. */
  declare digest_hash: Buffer | null;
  /** The send that it corrects. */
  declare replaces: string | null;
  /** The span of its sender's call, as W3C's traceparent names it. */
  declare traceparent: string | null;
  declare body_hash: Buffer;
  /** Null, as are the two below, once the original was destroyed. */
  declare key_id: string | null;
  declare wrapped_key: Buffer | null;
  declare sealed: Buffer | null;
  declare shredded_at: Date | null;
  declare status: "accepted" | "persisted" | "cancelled";
  declare created_at: Date;
  declare next_start_at: Date;
  declare start_attempts: number;
  /** It came in bulk and has a workflow of its own, since no page takes it. */
  declare alone: boolean;
  /** How often its text could not be redacted. */
  declare redaction_failures: number;
}
