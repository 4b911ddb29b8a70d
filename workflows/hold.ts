/** What is held: for so many ms, or, in older histories, until a time by a node's clock. */
interface Held {
  holdMs?: number;
  holdUntil?: string;
}

/** How long nothing is to be done, in ms; null where nothing is held. */
export function waitOf({ holdMs, holdUntil }: Held): number | null {
  if (holdMs !== undefined) return Math.max(1, holdMs);
  return holdUntil === undefined ? null : Math.max(1, Date.parse(holdUntil) - Date.now());
}
