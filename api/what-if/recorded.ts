import type { Past, PastDelivery } from "../../store/transitions/past-decisions.ts";
import type { Course, Telling } from "./simulate.ts";

/** Why a notification's decisions can't be made again, or are not those on record. */
export const REASONS = {
  broadcast: "it went to many people, of whom each acknowledges for themselves",
  grouped: "it came in a digest",
  raised: "its problem was sent again and told again, which no setting decides",
  reopened: "an acknowledgement was taken back",
  archived: "what was decided is in the archive",
  people: "today's people and schedules tell others than were told",
  channels: "today's channels, addresses and preferences are others than those of then",
  times: "it was not told when its rules say",
} as const;
export type Reason = keyof typeof REASONS;

/** Reasons for which a channel is left out when a round is planned; all others come later. */
const PLANNED_OUT = new Set(["not_configured", "below_priority", "no_address", "preference", "covered"]);
/** A busy node takes a step that much later, and the steps behind it with it; ms. */
const LATE = 60_000;

const isPlanned = ({ status, reason }: PastDelivery): boolean =>
  status !== "skipped" || reason === null || !PLANNED_OUT.has(reason);

/** Why nothing can be said of a notification from its record alone; null where something can. */
export function unclear({ told, raised, reopened }: Past): Reason | null {
  if (reopened) return "reopened";
  if (raised) return "raised";
  return told.length === 0 ? "archived" : null;
}

/** How the decisions by today's settings differ from those on record; null where they do not. */
export function differs(past: Past, { tellings }: Course): Reason | null {
  const last = (past.rules?.steps.length ?? 0) * ((past.rules?.repeat ?? 0) + 1) + 1;
  const recorded = past.told.flatMap(({ userId, round, at, deliveries }) => {
    const channels = deliveries.filter(isPlanned).map(({ channel }) => channel);
    return channels.length === 0 || round > last ? [] : [{ userId, round, at: new Date(at), channels }];
  });
  const keyOf = ({ userId, round }: Pick<Telling, "userId" | "round">) => `${round} ${userId}`;
  const now = new Map(tellings.map((telling) => [keyOf(telling), telling]));
  if (recorded.length !== now.size || !recorded.every((one) => now.has(keyOf(one)))) return "people";
  for (const { at, channels, ...one } of recorded) {
    const telling = now.get(keyOf(one));
    if (telling?.channels.map(({ channel }) => channel).join() !== channels.join()) return "channels";
    // What waits in the queue before it arrives counts as sent then.
    if (Math.abs(+telling.at - +at) > LATE) return "times";
  }
  return null;
}
