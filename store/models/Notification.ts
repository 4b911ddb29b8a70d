import type { Category, Lane, NextStep, NotificationStatus, Priority } from "../../channels/contract.ts";
import type { EscalationRules } from "../notifications/escalation.ts";
import { BaseModel } from "./base.ts";

/** An item of a digest, as it is stored there; `message` and `title` are redacted, times are ISO as PostgreSQL writes them. */
export interface DigestItem {
  notification_id: string;
  title: string | null;
  message: string;
  created_at: string;
  resolved_at: string | null;
}

/** A notification in its recipient's inbox; title and message are redacted. */
export class Notification extends BaseModel {
  static override tableName = "notifications";
  declare send_id: string;
  declare service_id: string;
  /** The name of that service, where `Senders` has looked it up; no column. */
  declare sender?: string | null;
  declare user_id: string;
  declare territory_id: string;
  declare category: Category;
  declare priority: Priority;
  /** That of its send. */
  declare lane: Lane;
  declare title: string | null;
  declare message: string;
  declare redaction: { version: string; counts: Record<string, number> };
  declare status: NotificationStatus;
  declare seq: number;
  declare escalated_from: string | null;
  /** Of a copy: whose alert it is a copy of, where `nameColleagues` has looked that up; no column. */
  declare first?: { id: string; name: string };
  /** The people as whose delegate its recipient has it. */
  declare covers_for: string[];
  /** The names of these people, where `nameColleagues` has looked them up; no column. */
  declare covered?: Map<string, string>;
  /** The digest in which its recipient has it; null where it is in the inbox itself. */
  declare digest: string | null;
  /** Of a digest: what it holds, redacted; null for everything else. */
  declare items: DigestItem[] | null;
  declare created_at: Date;
  declare expires_at: Date | null;
  declare snoozed_until: Date | null;
  declare read_at: Date | null;
  declare acknowledged_at: Date | null;
  /** Who did: the recipient, or whoever acknowledged an escalated copy. */
  declare acknowledged_by: string | null;
  /** The name of that person, where `nameColleagues` has looked it up; no column. */
  declare colleague?: string;
  /** What they noted with it; redacted. */
  declare acknowledge_note: string | null;
  /** When its recipient declined, so that the next step was taken; redacted why. */
  declare declined_at: Date | null;
  declare decline_reason: string | null;
  /** Whoever acknowledges it has to read back what its original names. */
  declare read_back: boolean;
  /** A supervisor ended it unacknowledged: when, who, and redacted why. */
  declare closed_at: Date | null;
  declare closed_by: string | null;
  declare closed_reason: string | null;
  /** Until when whoever acknowledged may take that back; null for what a colleague's acknowledgement closed. */
  declare unacknowledge_until: Date | null;
  /** By when its policy wants it done, once somebody acknowledged; and when who did said that it is. */
  declare completion_due_at: Date | null;
  declare completed_at: Date | null;
  declare dismissed_at: Date | null;
  /** The rules it escalates by; null when nobody has to acknowledge it. */
  declare escalation: EscalationRules | null;
  declare next_step: number;
  /** Steps of earlier rounds, before it was opened again. */
  declare first_round: number;
  declare next_step_at: Date | null;
  /** The next step of its family, where `addNextSteps` has looked it up; no column. */
  declare nextStep?: NextStep;
  /** When a visible page showed it, or its person acted on it. */
  declare seen_at: Date | null;
  /** Enough people have acknowledged; copies are left to be closed. */
  declare closing: boolean;
  /** On the alert of a broadcast and its copies: how many people have the broadcast, and how many of them acknowledged it. */
  declare recipients: number | null;
  declare acknowledged: number | null;
  /** How often more the problem was sent, and when last. */
  declare repeats: number;
  declare repeated_at: Date | null;
  /** When another round last told its recipient of it again; null while it was told once. */
  declare told_again_at: Date | null;
  /** Its recipient is told of it as of what is critical, since nobody else answered. */
  declare told_as_critical: boolean;
  /** The send whose text it shows; null: its own. */
  declare text_id: string | null;
  /** When its service said that the problem is over, and the service's name then. */
  declare resolved_at: Date | null;
  declare resolved_by: string | null;
  /** The notifications of the same inbox that it corrects, and that correct it. */
  declare replaces: string | null;
  declare replaced_by: string | null;
  declare replaced_at: Date | null;

  /** The send whose original belongs to the text that it shows. */
  get textId(): string {
    return this.text_id ?? this.send_id;
  }

  static override get jsonAttributes(): string[] {
    return ["redaction", "escalation", "items"];
  }
}
