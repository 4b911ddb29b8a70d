import type { Found, Ledger } from "./ledger.ts";
import type { Record } from "./record.ts";

/** How much later than its time a claim may be on the timeline, which is written a moment after the claim was decided; ms. */
const LATE = 1_000;

export const isWithdrawn = (status: string): boolean => status === "expired" || status === "cancelled";

/** What is promised of sends that have a time, and of those that are taken back. */
export const ENDS = {
  /** What a service was told is taken back is withdrawn from everybody, on record once, and no step or attempt comes after it; what was too late stands. */
  "is taken back": ({ entries }, { notifications, events, audit }) => {
    const timelines = Map.groupBy(events, ({ notification }) => notification);
    return entries.flatMap(({ id, takenBack }): Found[] => {
      if (id === null || takenBack === undefined) return [];
      const family = notifications.filter((one) => one.id === id || one.root === id);
      const recorded = audit.filter(
        ({ action, object }) => action === "notification.cancel" && object === id,
      );
      const cancelled = family.filter(({ status }) => status === "cancelled");
      if (takenBack === "too late")
        return cancelled.length + recorded.length === 0
          ? []
          : [{ detail: "it was too late to take it back, and it was", id }];
      return [
        ...(recorded.length === 1
          ? []
          : [{ detail: `taking it back is on record ${recorded.length} times`, id }]),
        ...(cancelled.length === family.length
          ? []
          : [{ detail: `it is withdrawn from ${cancelled.length} of ${family.length}`, id }]),
        ...family
          .filter((one) => isBusyAfter(timelines.get(one.id) ?? [], "cancelled"))
          .map(() => ({ detail: "somebody was told after it was taken back", id })),
      ];
    });
  },

  /** What has an end is expired after it, on record once; nobody is told of it then. */
  "ends in time": (_, { notifications, events, audit }) => {
    const timelines = Map.groupBy(events, ({ notification }) => notification);
    return notifications
      .filter(({ expires, status }) => expires !== null && status !== "cancelled")
      .flatMap(({ id, status, expires }): Found[] => {
        const timeline = timelines.get(id) ?? [];
        const recorded = audit.filter(
          ({ action, object }) => action === "notification.expire" && object === id,
        );
        // What arrives after its time is expired from the beginning.
        const isLate = !timeline.some((event) => event.status === "sent");
        return [
          ...(status === "expired" ? [] : [{ detail: `its time is over, and it is ${status}`, id }]),
          ...(recorded.length === (isLate ? 0 : 1)
            ? []
            : [{ detail: `its end is on record ${recorded.length} times`, id }]),
          ...(isBusyAfter(timeline, "expired") ||
          timeline.some((event) => event.status === "claimed" && event.at > (expires ?? 0) + LATE)
            ? [{ detail: "somebody was told after its time", id }]
            : []),
        ];
      });
  },

  /** What is for later is in nobody's inbox before its time. */
  "waits for its time": ({ entries }, { events }) => {
    const arrived = new Map(
      events.filter(({ status }) => status === "sent").map(({ notification, at }) => [notification, at]),
    );
    return entries.flatMap(({ id, sendAt }): Found[] =>
      id !== null && sendAt !== undefined && (arrived.get(id) ?? Infinity) < sendAt
        ? [{ detail: `it arrived ${Math.ceil(sendAt - (arrived.get(id) ?? 0))} ms before its time`, id }]
        : [],
    );
  },
} satisfies { [check: string]: (ledger: Ledger, record: Record) => Found[] };

/** Whether an attempt or a step is on a timeline after such an end. */
function isBusyAfter(timeline: Record["events"], end: "cancelled" | "expired"): boolean {
  const place = timeline.findIndex(({ status, delivery }) => status === end && delivery === null);
  return (
    place >= 0 && timeline.slice(place).some(({ status }) => status === "claimed" || status === "escalated")
  );
}
