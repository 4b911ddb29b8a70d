import type { EventType } from "../webhooks/events.ts";
import { BaseModel } from "./base.ts";

/** An address of a service that is told what became of its notifications. */
export class Webhook extends BaseModel {
  static override tableName = "webhooks";
  declare service_id: string;
  declare url: string;
  declare types: EventType[];
  declare created_at: Date;
  /** Since when every attempt has failed. */
  declare failing_since: Date | null;
  declare failures: number;
  declare paused_until: Date | null;
  declare disabled_at: Date | null;
  declare disabled_reason: "failing" | "gone" | "by_admin" | null;
  /** When somebody was told that it was disabled. */
  declare told_at: Date | null;
  declare deleted_at: Date | null;
}

/** One of a webhook's secrets, sealed: two are good while it is rotated. */
export class WebhookSecret extends BaseModel {
  static override tableName = "webhook_secrets";
  declare webhook_id: string;
  declare key_id: string;
  declare wrapped_key: Buffer;
  declare sealed: Buffer;
  declare created_at: Date;
  declare expires_at: Date | null;
}
