import fc from "fast-check";
import { expect, test } from "vitest";
import {
  canAcknowledge,
  canDecline,
  canDismiss,
  countUnread,
  isNews,
  isPossible,
  isUrgent,
  merge,
  needOf,
  newestFirst,
} from "./feed.ts";
import type { Feed } from "./feed.ts";
import { notification } from "./fixture.ts";

const EMPTY: Feed = new Map();
const statuses = (feed: Feed) => [...feed.values()].map(({ status }) => status);

test("holds a notification once however often it comes", () => {
  const one = notification();
  const feed = merge(EMPTY, [one, one]);
  expect(feed.size).toBe(1);
  expect(merge(feed, [{ ...one }])).toBe(feed);
});

test("never goes back to an older state, whether it comes late or in the same batch", () => {
  const sent = notification({ seq: 1 });
  const acknowledged = notification({ seq: 3, status: "acknowledged" });
  expect(statuses(merge(merge(EMPTY, [acknowledged]), [sent]))).toEqual(["acknowledged"]);
  expect(statuses(merge(EMPTY, [acknowledged, sent]))).toEqual(["acknowledged"]);
});

test("takes being delivered, which has no seq of its own, but not its opposite", () => {
  const sent = notification();
  const delivered = notification({ status: "delivered" });
  expect(statuses(merge(merge(EMPTY, [sent]), [delivered]))).toEqual(["delivered"]);
  expect(statuses(merge(merge(EMPTY, [delivered]), [sent]))).toEqual(["delivered"]);
});

test("comes to the same feed in whatever order lists, answers and frames come", () => {
  const change = fc.record({ id: fc.integer({ min: 1, max: 5 }), seq: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(
      fc.uniqueArray(change, { selector: ({ seq }) => seq }),
      fc.infiniteStream(fc.nat(99)),
      (log, random) => {
        const changes = log.map(({ id, seq }) => notification({ notification_id: `n${id}`, seq }));
        const shuffled = changes
          .map((value) => ({ value, key: random.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
        const oneByOne = shuffled.reduce<Feed>((feed, value) => merge(feed, [value]), EMPTY);
        const latest = (feed: Feed) => new Map([...feed].map(([id, { seq }]) => [id, seq] as const));
        expect(latest(oneByOne)).toEqual(latest(merge(EMPTY, changes)));
      },
    ),
  );
});

test("leaves the earlier feed as it was", () => {
  const feed = merge(EMPTY, [notification()]);
  merge(feed, [notification({ seq: 2, status: "read" })]);
  expect(statuses(feed)).toEqual(["sent"]);
});

test("orders newest first and by id within the same moment", () => {
  const made = [
    notification({ notification_id: "a", created_at: "2026-05-04T10:00:00.000Z" }),
    notification({ notification_id: "c", created_at: "2026-05-04T11:00:00.000Z" }),
    notification({ notification_id: "d", created_at: "2026-05-04T11:00:00.000Z" }),
  ];
  expect(made.sort(newestFirst).map(({ notification_id }) => notification_id)).toEqual(["d", "c", "a"]);
});

test("offers to dismiss a critical notification only once it is acknowledged", () => {
  const critical = (status: "sent" | "read" | "acknowledged" | "dismissed") =>
    notification({ priority: "critical", status });
  expect(
    (["sent", "read", "acknowledged", "dismissed"] as const).map((status) => canDismiss(critical(status))),
  ).toEqual([false, false, true, false]);
  expect(canDismiss(notification({ priority: "high" }))).toBe(true);
  expect(canAcknowledge(critical("acknowledged"))).toBe(false);
});

const stepOf = (of_broadcast: boolean) => ({
  ...{ at: "2026-05-04T14:12:00.000Z", person: null, role: "supervisor", topic: null, last_resort: false },
  of_broadcast,
});

test("offers to decline an alert of any priority that waits, and not to dismiss it before it is answered", () => {
  const acts = (fields: Parameters<typeof notification>[0]) => {
    const one = notification(fields);
    return { decline: canDecline(one), dismiss: canDismiss(one), possible: isPossible("decline", one) };
  };
  const asked = { decline: true, dismiss: false, possible: true };
  const free = { decline: false, dismiss: true, possible: false };
  const next_step = stepOf(false);
  for (const priority of ["normal", "high", "critical"] as const)
    for (const escalated_from of [null, "n0"])
      expect(acts({ priority, next_step, escalated_from })).toEqual(asked);
  const at = "2026-05-04T14:11:00.000Z";
  for (const answered of [{ declined_at: at }, { resolved_at: at }, { replaced_at: at }])
    expect(acts({ priority: "high", next_step, ...answered })).toEqual(free);
  expect(acts({ priority: "high", status: "acknowledged" })).toEqual(free);
  expect(acts({ priority: "high" })).toEqual(free);
  // One of many who have a critical broadcast acknowledges it, or leaves it to the others.
  const broadcast = { priority: "critical" as const, next_step: stepOf(true) };
  expect(acts(broadcast)).toEqual({ decline: false, dismiss: false, possible: false });
});

test("sounds as critical for what is, and for what nobody else answered", () => {
  const told = [{ priority: "critical" as const }, { told_as_critical: true }, { priority: "high" as const }];
  expect(told.map((how) => isUrgent(notification(how)))).toEqual([true, true, false]);
});

test("counts what is unread", () => {
  const feed = merge(EMPTY, [
    notification({ notification_id: "a" }),
    notification({ notification_id: "b", status: "delivered" }),
    notification({ notification_id: "c", status: "read" }),
    notification({ notification_id: "d", status: "expired" }),
  ]);
  expect(countUnread(feed, Date.now())).toBe(2);
});

test("puts critical ones that nobody has acknowledged before what is unread, snoozed ones too", () => {
  const unread = merge(EMPTY, [notification({ notification_id: "a" })]);
  expect(needOf(unread, Date.now())).toEqual({ number: 1, critical: false });
  const snoozed_until = new Date(Date.now() + 60_000).toISOString();
  const both = merge(unread, [
    notification({ notification_id: "b", priority: "critical", status: "read", snoozed_until }),
    notification({ notification_id: "c", priority: "critical", status: "acknowledged" }),
  ]);
  expect(needOf(both, Date.now())).toEqual({ number: 1, critical: true });
});

test("asks nobody to acknowledge what was resolved or replaced, and lets them put it away", () => {
  const at = "2026-05-04T14:12:00.000Z";
  for (const over of [{ resolved_at: at }, { replaced_at: at }]) {
    const one = notification({ priority: "critical", ...over });
    expect([canDismiss(one), canAcknowledge(one)]).toEqual([true, true]);
    expect(needOf(merge(EMPTY, [one]), 0).critical).toBe(false);
  }
});

test("has news where a later round tells of what nobody has acknowledged, once a round, read or not", () => {
  const [first, second] = ["2026-05-04T14:12:00.000Z", "2026-05-04T14:22:00.000Z"];
  const known = notification({ priority: "critical", status: "read" });
  const again = { ...known, told_again_at: first };
  expect(isNews(again, known)).toBe(true);
  expect(isNews({ ...again, times: 2 }, again)).toBe(false);
  expect(isNews({ ...again, status: "delivered", told_again_at: second }, again)).toBe(true);
  for (const status of ["acknowledged", "dismissed", "expired", "cancelled"] as const)
    expect(isNews({ ...again, status, told_again_at: second }, again)).toBe(false);
  expect(isNews({ ...again, told_again_at: second, resolved_at: second }, again)).toBe(false);
});

test("has news where something comes, or becomes more urgent, and not where it is only sent again", () => {
  const known = notification({ priority: "high" });
  expect(isNews(known, undefined)).toBe(true);
  expect(isNews({ ...known, times: 2 }, known)).toBe(false);
  expect(isNews({ ...known, priority: "critical" }, known)).toBe(true);
  expect(isNews({ ...known, priority: "normal" }, known)).toBe(false);
  expect(isNews({ ...known, resolved_at: "2026-05-04T14:12:00.000Z" }, undefined)).toBe(false);
});
