import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import {
  type Content,
  type Intake,
  type PlannedRow,
  type SendAnswer,
  sendOf,
  type Wishes,
} from "./arrive.ts";

/** A send of a page, as planning needs it. */
export type BulkSend = Intake["send"] & {
  user_id: string;
  escalation_policy_id: string | null;
  /** What another call made of it before it arrived. */
  resolved_at: string | null;
  replaced_by: string | null;
};

/** Somebody whom a page is for. */
export interface BulkPerson extends Omit<Wishes, "cover"> {
  /** Null for somebody who is no member of the territory any more. */
  inboxId: string | null;
  isActive: boolean;
  isCovered: boolean;
}

/** The next sends that came in bulk to a territory, and what planning them needs. */
export interface BulkIntake {
  /** Of the territory, as stored. */
  settings: unknown;
  /** In the order in which they enter inboxes. */
  sends: BulkSend[];
  people: BulkPerson[];
}

type Answer = Omit<BulkIntake, "sends"> & {
  sends: (SendAnswer & Pick<BulkSend, "user_id" | "escalation_policy_id" | "resolved_at" | "replaced_by">)[];
};

/**
 * Reads the next sends to one person that came in bulk to a territory and are due, keys in turn.
 * @param page at most so many, and no further one once those before hold so many bytes
 */
export async function readBulk(
  knex: Knex,
  territoryId: string,
  page: { sends: number; bytes: number },
): Promise<BulkIntake> {
  const answer = await call<Answer>(knex, "bulk_intake", territoryId, page.sends, page.bytes);
  return {
    ...answer,
    sends: answer.sends.map((send) => ({ ...send, ...sendOf(send), user_id: send.user_id })),
  };
}

/** A send's place in its recipient's inbox, and the deliveries that bring it there. */
export interface Entry extends Omit<Content, "escalation"> {
  id: string;
  userId: string;
  /** How much of the text is redacted. */
  redacted: number;
  deliveries: PlannedRow[];
}

/** Lets each of a page of sends enter its recipient's inbox, in one call; answers the changes. What is no longer to arrive is passed over. */
export const arriveEach = (knex: Knex, territoryId: string, entries: Entry[]): Promise<InboxChange[]> =>
  call(knex, "arrive_each", territoryId, JSON.stringify(entries));

/**
 * Leaves sends of a page for later.
 * @param alone those that no page takes: each gets a workflow of its own
 * @param held for how long each of these waits; ms
 */
export const leave = (
  knex: Knex,
  territoryId: string,
  alone: string[],
  held: ReadonlyMap<string, number>,
): Promise<void> =>
  call(knex, "bulk_left", territoryId, alone, [...held.keys()], [...held.values()].map(Math.ceil));

/** Records which notifications of a page reached a socket, and which of them have a person without one, by their ids. */
export const tellBulk = (knex: Knex, territoryId: string, live: string[], offline: string[]): Promise<void> =>
  call(knex, "bulk_told", territoryId, live, offline);
