import { describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { type Breach, findBreaches } from "./checks.ts";
import { emptyLedger, type Entry, type Ledger } from "./ledger.ts";
import type { Record } from "./record.ts";
import { worstRecovery } from "./recovery.ts";

const ORDINARY = { id: "n1", send: "n1", person: "ada", text: "ordinary message 0" };
const ALERT = {
  id: "n2",
  send: "n2",
  person: "ada",
  text: "critical message 1",
  priority: "critical",
  steps: 2,
};
const COPY = { ...ALERT, id: "n3", person: "sue", steps: null, root: "n2" };

const notification = (given: object): Record["notifications"][number] => ({
  ...{ id: "", send: "", person: "", territory: "ward", text: "", seq: 1, root: null, priority: "normal" },
  ...{
    status: "delivered",
    acknowledged: false,
    closing: false,
    steps: null,
    stepOverdue: false,
    expires: null,
  },
  ...given,
});
const event = (given: string, status: string, more: object = {}): Record["events"][number] => ({
  ...{ notification: given, delivery: null, status, reason: null, attempt: null, at: 1_000 },
  ...more,
});

/** An ordinary notification and an alert for ada, which sue acknowledged by her copy after its first step. */
function keptPromises(): { ledger: Ledger; record: Record } {
  const ledger: Ledger = {
    ...emptyLedger(),
    entries: [
      { text: ORDINARY.text, kind: "ordinary", recipients: ["ada"], id: "n1", acceptedAt: 100 },
      { text: ALERT.text, kind: "critical", recipients: ["ada"], id: "n2", acceptedAt: 200 },
    ],
    troubles: [
      { name: "redis killed", from: 50, to: 150 },
      { name: "node 0 paused", from: 190, to: 300 },
    ],
    acknowledged: [{ id: "n3", person: "sue" }],
    shown: [
      {
        person: "ada",
        position: 2,
        at: new Map([
          ["n1", 120],
          ["n2", 900],
        ]),
      },
      { person: "sue", position: 1, at: new Map([["n3", 1_000]]) },
    ],
    pages: ["d1"],
  };
  const record: Record = {
    sends: [
      { id: "n1", status: "persisted" },
      { id: "n2", status: "persisted" },
    ],
    inboxes: [
      { person: "ada", seq: 2 },
      { person: "sue", seq: 1 },
    ],
    notifications: [
      notification(ORDINARY),
      notification({ ...ALERT, seq: 2, acknowledged: true }),
      notification({ ...COPY, acknowledged: true }),
    ],
    deliveries: [{ id: "d1", notification: "n1", channel: "pager", status: "delivered", reason: null }],
    events: [
      event("n1", "sent"),
      event("n2", "sent"),
      event("n2", "escalated", { reason: "to_supervisor", attempt: 1 }),
      event("n3", "sent"),
      event("n3", "acknowledged"),
      event("n2", "acknowledged", { reason: "by_colleague" }),
    ],
    audit: [
      ...["n1", "n2"].flatMap((object) => [
        { action: "notification.send", object, actor: "service:s" },
        { action: "notification.persist", object, actor: `worker:${object}` },
      ]),
      { action: "notification.acknowledge", object: "n3", actor: "user:sue" },
    ],
    supervisors: [{ person: "sue", territory: "ward" }],
  };
  return { ledger, record };
}

type Kept = ReturnType<typeof keptPromises>;

/** Bugs, planted into what was kept, and the check that finds each. */
const BUGS: [string, Breach["check"], (kept: Kept) => unknown][] = [
  ["a send that is turned away for good", "is accepted", ({ ledger }) => (first(ledger.entries).id = null)],
  ["a wrong answer", "is accepted", ({ ledger }) => ledger.wrongAnswers.push("send was answered 500")],
  ["a row that is dropped", "is there once", ({ record }) => record.notifications.shift()],
  [
    "a send that is taken in twice",
    "is there once",
    ({ record }) => record.notifications.push(notification({ ...ORDINARY, id: "n9", send: "n9", seq: 3 })),
  ],
  ["a stranger who gets it", "is nowhere else", ({ record }) => (first(record.notifications).person = "bob")],
  [
    "a copy for somebody who is no supervisor",
    "is nowhere else",
    ({ record }) =>
      record.notifications.push(notification({ ...COPY, id: "n9", person: "bob", acknowledged: true })),
  ],
  ["two changes of one number", "is in order", ({ record }) => (first(record.notifications).seq = 2)],
  ["a change beyond the inbox's counter", "is in order", ({ record }) => (first(record.inboxes).seq = 1)],
  ["a device that lags", "is in order", ({ ledger }) => (first(ledger.shown).position = 1)],
  [
    "a device that misses one",
    "is in order",
    ({ ledger }) => (first(ledger.shown).at = new Map([["n2", 1]])),
  ],
  ["a send that is not on record", "is on record", ({ record }) => record.audit.shift()],
  [
    "an arrival that is on record twice",
    "is on record",
    ({ record }) => record.audit.push({ ...first(record.audit.slice(1)) }),
  ],
  ["an arrival that is on no timeline", "is on record", ({ record }) => record.events.shift()],
  [
    "an acknowledgement that is forgotten",
    "is on record",
    ({ record }) => (first(record.notifications.slice(2)).acknowledged = false),
  ],
  [
    "a send that is never persisted",
    "comes to an end",
    ({ record }) => (first(record.sends).status = "accepted"),
  ],
  [
    "a delivery that stays claimed",
    "comes to an end",
    ({ record }) => (first(record.deliveries).status = "claimed"),
  ],
  [
    "a step that is overdue",
    "comes to an end",
    ({ record }) => (first(record.notifications.slice(1)).stepOverdue = true),
  ],
  [
    "copies that are left to close",
    "comes to an end",
    ({ record }) => (first(record.notifications.slice(1)).closing = true),
  ],
  [
    "a step after the acknowledgement",
    "escalates rightly",
    ({ record }) => record.events.push(event("n2", "escalated", { reason: "to_recipient", attempt: 2 })),
  ],
  [
    "a step that is taken twice",
    "escalates rightly",
    ({ record }) =>
      record.events.splice(2, 0, event("n2", "escalated", { reason: "to_supervisor", attempt: 1 })),
  ],
  [
    "an unanswered alert that stops",
    "escalates rightly",
    ({ record }) => (record.events = record.events.filter(({ status }) => status !== "acknowledged")),
  ],
  [
    "a recipient whose alert stays open",
    "escalates rightly",
    ({ record }) => (first(record.notifications.slice(1)).acknowledged = false),
  ],
  ["a page that goes out twice", "goes outside once", ({ ledger }) => ledger.pages.push("d1")],
  ["a page that a worker dropped", "goes outside once", ({ ledger }) => ledger.pages.pop()],
  [
    "what was taken back and stays",
    "is taken back",
    ({ ledger, record }) => {
      first(ledger.entries).takenBack = "cancelled";
      record.audit.push({ action: "notification.cancel", object: "n1", actor: "service:s" });
    },
  ],
  [
    "what was taken back and is not on record",
    "is taken back",
    ({ ledger, record }) => {
      first(ledger.entries).takenBack = "cancelled";
      first(record.notifications).status = "cancelled";
    },
  ],
  [
    "an attempt after it was taken back",
    "is taken back",
    ({ ledger, record }) => {
      first(ledger.entries).takenBack = "cancelled";
      first(record.notifications).status = "cancelled";
      record.audit.push({ action: "notification.cancel", object: "n1", actor: "service:s" });
      record.events.push(event("n1", "cancelled"), event("n1", "claimed", { delivery: "d1" }));
    },
  ],
  [
    "what was withdrawn though that was too late",
    "is taken back",
    ({ ledger, record }) => {
      first(ledger.entries).takenBack = "too late";
      first(record.notifications).status = "cancelled";
    },
  ],
  [
    "what is there after its time",
    "ends in time",
    ({ record }) => (first(record.notifications).expires = 2_000),
  ],
  [
    "an attempt after its time",
    "ends in time",
    ({ record }) => {
      Object.assign(first(record.notifications), { expires: 2_000, status: "expired" });
      record.audit.push({ action: "notification.expire", object: "n1", actor: "worker:n1" });
      record.events.push(event("n1", "claimed", { delivery: "d1", at: 3_500 }));
    },
  ],
  [
    "a step after its end",
    "ends in time",
    ({ record }) => {
      Object.assign(first(record.notifications), { expires: 2_000, status: "expired" });
      record.audit.push({ action: "notification.expire", object: "n1", actor: "worker:n1" });
      record.events.push(event("n1", "expired"), event("n1", "escalated"));
    },
  ],
  [
    "an end that is on no record",
    "ends in time",
    ({ record }) => Object.assign(first(record.notifications), { expires: 2_000, status: "expired" }),
  ],
  [
    "what comes before its time",
    "waits for its time",
    ({ ledger }) => (first(ledger.entries).sendAt = 1_001),
  ],
];

function first<T>(items: T[]): T {
  return must(items[0], "item");
}

describe("the ledger's checks", () => {
  it("find nothing where every promise was kept", () => {
    const { ledger, record } = keptPromises();
    expect(findBreaches(ledger, record)).toEqual([]);
  });

  it("find nothing in what was taken back, expired or refused as it should be", () => {
    const { ledger, record } = keptPromises();
    const entry: Omit<Entry, "text" | "id"> = { kind: "taken back", recipients: ["ada"], acceptedAt: 1 };
    ledger.entries.push(
      { ...entry, text: "in time", id: "n4", takenBack: "cancelled" },
      { ...entry, text: "before it arrived", id: "n5", takenBack: "cancelled" },
      { ...entry, text: "offered too late", id: null, expiresAt: 900, refused: true },
      { ...entry, text: "for a while", id: "n6", expiresAt: 2_000 },
    );
    const own = { person: "ada", send: "n4", id: "n4", text: "in time", seq: 3, status: "cancelled" };
    const ended = { person: "ada", send: "n6", id: "n6", text: "for a while", seq: 4, status: "expired" };
    record.notifications.push(notification(own), notification({ ...ended, expires: 2_000 }));
    for (const id of ["n4", "n6"]) {
      record.events.push(event(id, "sent"), event(id, "claimed", { delivery: "d9", at: 2_500 }));
      record.audit.push({ action: "notification.persist", object: id, actor: `worker:${id}` });
    }
    record.events.push(event("n4", "cancelled"), event("n6", "expired"));
    record.audit.push({ action: "notification.expire", object: "n6", actor: "worker:n6" });
    for (const object of ["n4", "n5"])
      record.audit.push({ action: "notification.cancel", object, actor: "service:s" });
    first(record.inboxes).seq = 4;
    const seen = new Map([...first(ledger.shown).at, ["n4", 1], ["n6", 1]] as const);
    Object.assign(first(ledger.shown), { position: 4, at: seen });
    expect(findBreaches(ledger, record)).toEqual([]);
  });

  it.each(BUGS)("find %s", (_, check, plant) => {
    const kept = keptPromises();
    plant(kept);
    const found = findBreaches(kept.ledger, kept.record).map((breach) => breach.check);
    expect(found).toContain(check);
  });

  it("name what somebody waited for longest, and longest after a fault", () => {
    const { ledger } = keptPromises();
    const waited = { id: "n2", kind: "critical" };
    expect(worstRecovery(ledger)).toEqual({
      longest: { ...waited, ms: 700 },
      afterFault: { ...waited, ms: 600, fault: "node 0 paused" },
    });
    ledger.troubles.push({ name: "redis paused", from: 600, to: 850 });
    expect(worstRecovery(ledger).afterFault).toEqual({ ...waited, ms: 50, fault: "redis paused" });
    expect(worstRecovery({ ...ledger, troubles: [] }).afterFault).toBeNull();
  });
});
