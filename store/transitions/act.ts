import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import { Notification } from "../models/Notification.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import { closeSoon, followSoon } from "./follow.ts";

/**
 * An act of a recipient on a notification; a snooze lasts until `until`, null ends one. Notes and reasons are redacted already; `isReadBack`: what the
 * sender wants to have read back was read back rightly.
 */
export type Act =
  | { kind: "read" | "dismiss" }
  | { kind: "acknowledge"; note?: string | null; isReadBack?: boolean }
  /** Takes an acknowledgement back, and says that what was taken over is done. */
  | { kind: "unacknowledge" | "complete" }
  /** Makes it unread again; brings back what was dismissed. */
  | { kind: "unread" | "restore" }
  | { kind: "decline"; reason: string }
  | { kind: "snooze"; until: Date | null };

/** How an act ended. `done` without changes: it had been done before. */
export type ActResult =
  | {
      kind: "done";
      notification: Notification;
      changes: InboxChange[];
      rootId: string;
      /** The workflow of the root waited for a step, so it is to be told. That of a notification without one has nothing to hear, and may be over. */
      waits: boolean;
      /** The alert that is open again, whose workflow may be over. */
      work?: { id: string; broadcast: boolean };
    }
  | { kind: "not_found" }
  /** It has to be read back. */
  | { kind: "read_back" }
  | { kind: "conflict"; detail: string };

type Answer =
  | {
      kind: "done";
      notification: object;
      changes: InboxChange[];
      rootId: string;
      closing: boolean;
      waits?: boolean;
      behind?: string[];
      work?: { id: string; broadcast: boolean };
    }
  | Exclude<ActResult, { kind: "done" }>;

/**
 * Applies a recipient's act. Acknowledging a notification or a copy of it acknowledges all of them, once enough people did.
 * @param via the channel outside by which the person answered; null for the inbox itself
 * @param token the subject token of a page of another system, by which the person acts; null for anything else
 */
export async function act(
  knex: Knex,
  userId: string,
  id: string,
  what: Act,
  via: string | null = null,
  token: string | null = null,
): Promise<ActResult> {
  if (token !== null && !BY_TOKEN.has(what.kind))
    throw new Error(`no subject token is good for ${what.kind}`);
  const answer = await ask(knex, userId, id, what, via, token);
  if (answer.kind !== "done") return answer;
  const { changes, rootId, closing, waits = false, behind = [], work } = answer;
  const followed = await Promise.all(behind.map((id) => followSoon(knex, id)));
  const closed = closing ? await closeSoon(knex, rootId) : [];
  const notification = Notification.fromAnswer(answer.notification);
  return {
    kind: "done",
    notification,
    changes: [...changes, ...followed.flat(), ...closed],
    rootId,
    waits,
    ...(work === undefined ? {} : { work }),
  };
}

/** The acts for which a subject token is good. */
const BY_TOKEN: ReadonlySet<Act["kind"]> = new Set(["read", "acknowledge", "decline", "dismiss"]);

function ask(
  knex: Knex,
  userId: string,
  id: string,
  what: Act,
  via: string | null,
  token: string | null,
): Promise<Answer> {
  if (what.kind === "unacknowledge" || what.kind === "complete") return call(knex, what.kind, userId, id);
  if (what.kind === "unread" || what.kind === "restore") return call(knex, "put_back", userId, id, what.kind);
  const until = what.kind === "snooze" ? what.until : null;
  const words = what.kind === "acknowledge" ? what.note : what.kind === "decline" ? what.reason : null;
  const isReadBack = what.kind === "acknowledge" && what.isReadBack === true;
  return call(knex, "act", userId, id, what.kind, until, words ?? null, isReadBack, via, token);
}
