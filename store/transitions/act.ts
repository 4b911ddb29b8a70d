import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import { Notification } from "../models/Notification.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/**
 * An act of a recipient on a notification; a snooze lasts until `until`, null ends one. Notes and reasons are redacted already; `isReadBack`: what the
 * sender wants to have read back was read back rightly.
 */
export type Act =
  | { kind: "read" | "dismiss" }
  | { kind: "acknowledge"; note?: string | null; isReadBack?: boolean }
  | { kind: "decline"; reason: string }
  | { kind: "snooze"; until: Date | null };

/** How an act ended. `done` without changes: it had been done before. */
export type ActResult =
  | {
      kind: "done";
      notification: Notification;
      changes: InboxChange[];
      /** The workflow to tell. */
      rootId: string;
    }
  | { kind: "not_found" }
  /** It has to be read back. */
  | { kind: "read_back" }
  | { kind: "conflict"; detail: string };

type Answer =
  | { kind: "done"; notification: object; changes: InboxChange[]; rootId: string; closing: boolean }
  | Exclude<ActResult, { kind: "done" }>;

/** Applies a recipient's act. Acknowledging a notification or a copy of it acknowledges all of them, once enough people did. */
export async function act(knex: Knex, userId: string, id: string, what: Act): Promise<ActResult> {
  const until = what.kind === "snooze" ? what.until : null;
  const words = what.kind === "acknowledge" ? what.note : what.kind === "decline" ? what.reason : null;
  const isReadBack = what.kind === "acknowledge" && what.isReadBack === true;
  const answer = await call<Answer>(knex, "act", userId, id, what.kind, until, words ?? null, isReadBack);
  if (answer.kind !== "done") return answer;
  const { changes, rootId, closing } = answer;
  // The act stands even where closing the copies fails: the relay closes those that are left.
  const closed = closing ? await closeCopies(knex, rootId).catch(() => []) : [];
  const notification = Notification.fromAnswer(answer.notification);
  return { kind: "done", notification, changes: [...changes, ...closed], rootId };
}

/** Copies that are closed in one call. */
const PAGE = 100;

/** Closes every notification still open in a family that enough people have acknowledged. */
export async function closeCopies(knex: Knex, rootId: string): Promise<InboxChange[]> {
  const closed: InboxChange[] = [];
  for (;;) {
    const { changes, more } = await call<{ changes: InboxChange[]; more: boolean }>(
      knex,
      "close_copies",
      rootId,
      PAGE,
    );
    closed.push(...changes);
    if (!more) return closed;
  }
}
