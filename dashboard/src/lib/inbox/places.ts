import type { Act } from "../api/notifications.ts";
import { needsAcknowledgement } from "./feed.ts";
import type { View } from "./filters.ts";
import type { Move } from "./keys.ts";

/** The rows of a view from top to bottom, by their ids; what is snoozed and not critical is folded away. */
export const orderOf = ({ urgent, rest, snoozed }: View): string[] =>
  [...urgent, ...snoozed.filter(needsAcknowledgement), ...rest].map((one) => one.notification_id);

/** The row that a key leads to; from one that is not there as from above the list. */
export function rowBy(order: readonly string[], from: string, move: Move): string | undefined {
  const at = order.indexOf(from);
  const index = { next: at + 1, previous: at - 1, first: 0, last: order.length - 1 }[move];
  return order[Math.max(0, Math.min(index, order.length - 1))];
}

/** The first row from a place on that waits for an acknowledgement, else the last one before it. */
export function toNeeding({ urgent }: View, place: number): string | undefined {
  const needing = urgent.flatMap((one, index) =>
    needsAcknowledgement(one) ? [{ id: one.notification_id, index }] : [],
  );
  return (needing.find(({ index }) => index >= place) ?? needing.at(-1))?.id;
}

/**
 * Where the keyboard goes on after an act on a row: at the next that needs an acknowledgement, else at what has come to its place, or after it.
 * @param before the rows as they were
 */
export function nextPlace(view: View, before: readonly string[], id: string, act: Act): string | undefined {
  const place = before.indexOf(id);
  const next = act === "acknowledge" || act === "decline" ? toNeeding(view, place) : undefined;
  if (next !== undefined) return next;
  const left = orderOf(view);
  if (act === "read" || act === "unread") return id;
  const stays = left[place] === id && act !== "acknowledge" && act !== "decline";
  return left[Math.min(stays ? place + 1 : place, left.length - 1)];
}
