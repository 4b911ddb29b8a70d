import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/** A reminder of what was taken over and is not completed. */
export interface Reminder {
  /** 1: to those who acknowledged; 2: to the supervisors. */
  number: 1 | 2;
  territoryId: string;
  /** Those who acknowledged. */
  people: string[];
  /** When the first of them did. */
  since: string;
}

/** The reminder that is due; null where none is. */
export const dueReminder = (knex: Knex, rootId: string): Promise<Reminder | null> =>
  call(knex, "due_reminder", rootId);

/** Notes that a reminder went out, and when the next one is due; without effect where that is noted already. */
export const reminded = (knex: Knex, rootId: string, number: number): Promise<InboxChange[]> =>
  call(knex, "reminded", rootId, number);
