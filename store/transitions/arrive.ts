import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { Send } from "../models/Send.ts";
import type { EscalationRules } from "../notifications/escalation.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/** What planning needs to know of a person. */
export interface Wishes {
  userId: string;
  /** As stored; null where the person set none. */
  preferences: unknown;
  /** Channels that have a verified address of theirs. */
  channels: string[];
}

/** What a send was taken in with, and what its territory and people want. */
export interface Intake {
  send: Pick<
    Send,
    | "id"
    | "user_id"
    | "territory_id"
    | "category"
    | "priority"
    | "channels"
    | "status"
    | "key_id"
    | "redaction_failures"
  > &
    Pick<Send, "wrapped_key" | "sealed"> & {
      shredded: boolean;
      /** ISO; null for at once. */
      send_at: string | null;
      /** Its time has come, by PostgreSQL's clock. */
      due: boolean;
    };
  /** Of the territory, as stored. */
  settings: unknown;
  /** The rules of the escalation policy that it names, and of the territory's default; null where there is none. */
  policy: unknown;
  standing: unknown;
  people: Wishes[];
}

interface IntakeAnswer extends Omit<Intake, "send"> {
  send: Omit<Intake["send"], "wrapped_key" | "sealed" | "shredded"> & {
    wrapped_key: string | null;
    sealed: string | null;
    shredded_at: string | null;
  };
}

/**
 * Reads what is needed to plan what a send becomes; null where there is no such send.
 * @param page of a broadcast: the people behind `after`, so many
 */
export async function readIntake(
  knex: Knex,
  id: string,
  { after, size }: { after: string; size: number } = { after: "", size: 1 },
): Promise<Intake | null> {
  const answer = await call<IntakeAnswer | null>(knex, "intake", id, after, size);
  if (answer === null) return null;
  const { wrapped_key, sealed, shredded_at, ...send } = answer.send;
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, "base64"));
  const read = { wrapped_key: bytes(wrapped_key), sealed: bytes(sealed), shredded: shredded_at !== null };
  return { ...answer, send: { ...send, ...read } };
}

/** A delivery that is planned: its id, and why or until when it is not made. */
export interface PlannedRow {
  id: string;
  channel: string;
  skip: string | null;
  holdUntil: Date | null;
  /** A wish of the person that a critical notification passes over. */
  overridden: string | null;
}

/** A notification of one person, with the round of deliveries that brings it there. */
export interface Arrival {
  id: string;
  userId: string;
  deliveries: PlannedRow[];
}

/** One recipient's deliveries of one round: begun in turn, as far as they are needed. */
export interface Group {
  notificationId: string;
  deliveries: { deliveryId: string; channel: string }[];
  /** ms after which a channel outside that is still being tried lets the next one begin beside it; histories of old have none. */
  besideMs?: number;
}

/** What a workflow has to do, in ids alone: it goes into its history. */
export interface Work {
  /** Side by side. */
  groups: Group[];
  /** ms until to ask for more; null when nothing is left to wait for. */
  nextMs: number | null;
}

export const NO_WORK: Work = { groups: [], nextMs: null };

/** What is known to be left of a notification and its escalated copies. */
export const workLeft = (knex: Knex, rootId: string): Promise<Work> => call(knex, "work_left", rootId);

/** What enters an inbox: the redacted text, and the rules by which it escalates. */
export interface Content {
  title: string | null;
  message: string;
  redaction: { version: string; counts: Record<string, number> };
  escalation: EscalationRules | null;
}

/**
 * Lets a send enter the inboxes of its recipient, or of a page of people; nobody's twice.
 * @param last whether a broadcast ends with this page
 */
export function arrive(
  knex: Knex,
  sendId: string,
  content: Content,
  arrivals: Arrival[],
  last: boolean,
): Promise<{ changes: InboxChange[]; work: Work }> {
  const firstStepSeconds = content.escalation?.steps[0]?.after_seconds ?? null;
  const given = JSON.stringify({ ...content, firstStepSeconds });
  return call(knex, "arrive", sendId, given, JSON.stringify(arrivals), last);
}

/** Writes whose sockets were told of a broadcast's page, and whose person has none; both are ids of notifications. */
export const tellPage = (knex: Knex, sendId: string, live: string[], offline: string[]): Promise<void> =>
  call(knex, "tell_page", sendId, live, offline);
