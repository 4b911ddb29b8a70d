import type { Knex } from "knex";
import type { Lane } from "../../channels/contract.ts";
import { call } from "../db/transitions.ts";
import type { Send } from "../models/Send.ts";
import { type EscalationRules, firstStepSeconds } from "../notifications/escalation.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/** A person's wishes and channels, as planning needs them. */
export interface Wishes {
  userId: string;
  /** As stored; null where the person set none. */
  preferences: unknown;
  /** Channels that have a verified address of theirs. */
  channels: string[];
  /** Channels that the territory of the notification asks for. */
  territoryAsks?: string[];
  /** The time by PostgreSQL's clock; ISO. Nodes' clocks differ. */
  now: string;
  /** Who covers them now, there where the notification belongs; null: nobody. */
  cover: Cover | null;
}

/** The wishes of a delegate, their roles in the territory, and whether they are told in the person's place. */
export interface Cover extends Omit<Wishes, "cover"> {
  roles: string[];
  instead: boolean;
}

/** A send as it was taken in, with the settings of its territory and the wishes of its people. */
export interface Intake {
  send: Pick<
    Send,
    | "id"
    | "user_id"
    | "territory_id"
    | "service_key_id"
    | "category"
    | "priority"
    | "channels"
    | "channel_terms"
    | "status"
    | "key_id"
    | "redaction_failures"
    | "joined"
    | "role"
    | "people"
    | "replaces"
  > &
    Pick<Send, "wrapped_key" | "sealed"> & {
      shredded: boolean;
      /** It has a dedup key, or replaces another one. */
      linked: boolean;
      /** It is a digest, and says what its items say. */
      isDigest: boolean;
      /** ISO; null for at once. */
      send_at: string | null;
      /** How long its time is ahead, by PostgreSQL's clock; ms, 0 once it has come. */
      waitMs: number;
      /** Since it should have gone out; ms. */
      lateMs: number;
    };
  /** Of the territory, as stored. */
  settings: unknown;
  /** The rules of the escalation policy that it names, and of the territory's default; null where there is none. */
  policy: unknown;
  standing: unknown;
  people: Wishes[];
  /** Of a broadcast: these people's inboxes, by their ids. */
  inboxes: string[] | null;
}

interface IntakeAnswer extends Omit<Intake, "send"> {
  send: SendAnswer;
}

/** A send as PostgreSQL answers it: its bytes as text. */
export type SendAnswer = Omit<
  Intake["send"],
  "wrapped_key" | "sealed" | "shredded" | "linked" | "isDigest"
> & {
  dedup_hash: string | null;
  digest_hash: string | null;
  wrapped_key: string | null;
  sealed: string | null;
  shredded_at: string | null;
};

export function sendOf({
  wrapped_key,
  sealed,
  shredded_at,
  dedup_hash,
  digest_hash,
  ...send
}: SendAnswer): Intake["send"] {
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, "base64"));
  const read = { wrapped_key: bytes(wrapped_key), sealed: bytes(sealed), shredded: shredded_at !== null };
  const linked = dedup_hash !== null || send.replaces !== null;
  return { ...send, ...read, linked, isDigest: digest_hash !== null };
}

/**
 * Reads all that planning a send needs; null where there is no such send.
 * @param page of a broadcast: at most `size` people, those behind `after`; where inboxes are named, their people alone
 */
export async function readIntake(
  knex: Knex,
  id: string,
  { after, size, inboxes = null }: { after: string; size: number; inboxes?: string[] | null } = {
    after: "",
    size: 1,
  },
): Promise<Intake | null> {
  const answer = await call<IntakeAnswer | null>(knex, "intake", id, after, size, inboxes);
  return answer === null ? null : { ...answer, send: sendOf(answer.send) };
}

/** A delivery that is planned: its id, the reason why it is not made, and the time until which it is held. */
export interface PlannedRow {
  id: string;
  channel: string;
  skip: string | null;
  holdUntil: Date | null;
  /** A wish of the person that a critical notification passes over. */
  overridden: string | null;
  /** It is begun with the one before it. */
  parallel?: true;
  /** The wishes by which it is held, as they were read: it is not held by others. */
  heldBy?: unknown;
}

/** A notification of one person, with the round of deliveries that brings it there. */
export interface Arrival {
  id: string;
  userId: string;
  deliveries: PlannedRow[];
  /** The people as whose delegate this person is told. */
  coversFor?: string[];
  /** How it is grouped, where it may come in a digest. */
  digest?: Grouped;
}

/** One recipient's deliveries of one round: begun in turn, as far as they are needed. */
export interface Group {
  notificationId: string;
  deliveries: {
    deliveryId: string;
    channel: string;
    parallel?: true;
    /** ms until it is held no longer, where quiet hours hold it or did. */
    heldMs?: number;
  }[];
  /** ms after which an outside channel that is still being tried lets the next one begin beside it; absent in old histories. */
  besideMs?: number;
  /** The same for the live channel; null or absent where the next channel waits for its answer. */
  besideLiveMs?: number | null;
  /** ms until the first may begin: a channel before it took the message, and is given its time. */
  firstMs?: number;
}

/** The work of a workflow, in ids alone, since it goes into the history. */
export interface Work {
  /** They go on side by side. */
  groups: Group[];
  /** ms until the workflow asks for more work; null where there is nothing to wait for. */
  nextMs: number | null;
}

export const NO_WORK: Work = { groups: [], nextMs: null };

/** The work left of a notification and its escalated copies. */
export const workLeft = (knex: Knex, rootId: string): Promise<Work> => call(knex, "work_left", rootId);

/** The deliveries left of a round that a supervisor asked for, which the notification's own workflow did not plan. */
export const roundLeft = (knex: Knex, notificationId: string, round: number): Promise<Group[]> =>
  call(knex, "round_left", notificationId, round);

/** The content of an arrival: the redacted text, and the rules by which it escalates. */
export interface Content {
  title: string | null;
  message: string;
  redaction: { version: string; counts: Record<string, number> };
  escalation: EscalationRules | null;
}

/** How an item is grouped: with what has the same hash, for so many seconds; the rest is of the digest that is opened where there is none. Bytes are base64. */
export interface Grouped {
  hash: string;
  seconds: number;
  /** How many a minute come by themselves; null: none. */
  most: number | null;
  id: string;
  key_id: string;
  wrapped_key: string;
  sealed: string;
}

/** What came of an arrival: the changes of its own inboxes, and of those whose notification it ended in its favour. */
export interface Arrived {
  changes: InboxChange[];
  others?: InboxChange[];
  /** Those of which follow has to bring that to copies. */
  behind?: string[];
  work: Work;
}

const given = (content: Content | null): string =>
  JSON.stringify(content && { ...content, firstStepSeconds: firstStepSeconds(content.escalation) });

/**
 * Lets a send enter the inboxes of its recipient, or of a page of people, each of them once.
 * @param last whether a broadcast ends with this page
 */
export const arrive = (
  knex: Knex,
  sendId: string,
  content: Content,
  arrivals: Arrival[],
  last: boolean,
): Promise<Arrived> => call(knex, "arrive", sendId, given(content), JSON.stringify(arrivals), last, false);

/** The same for a send with a dedup key, or one that replaces another. Where an open alert has that key, it answers the alert, which the send joins. */
export const arriveLinked = (
  knex: Knex,
  sendId: string,
  content: Content,
  arrivals: Arrival[],
): Promise<Arrived | { joins: { id: string; wishes: Wishes } }> =>
  call(knex, "arrive", sendId, given(content), JSON.stringify(arrivals), true, true);

/** What came of joining an alert; `works`: the alert's workflow, which belongs into `lane` by now, has something to do; `behind`: follow has to bring it to copies. */
export interface Joined {
  changes: InboxChange[];
  works: boolean;
  lane: Lane;
  behind: boolean;
}

/**
 * Lets a send join an open alert, in place of a notification of its own; null where the alert is not open any more. One that joined it before
 * needs no content, and gets the changes once more.
 * @param again the alert's recipient and whoever covers them, as a raised one goes out to them again
 * @param others whom the send names, where that is somebody else, and whoever covers one of the two
 */
export const joinAlert = (
  knex: Knex,
  sendId: string,
  rootId: string,
  content: Content | null,
  { again, others }: { again: Arrival[]; others: Arrival[] },
): Promise<Joined | null> =>
  call(knex, "join_alert", sendId, rootId, given(content), JSON.stringify(again), JSON.stringify(others));

/** Records which notifications of a broadcast's page reached a socket, and which of them have a person without one, by their ids. */
export const tellPage = (knex: Knex, sendId: string, live: string[], offline: string[]): Promise<void> =>
  call(knex, "tell_page", sendId, live, offline);
