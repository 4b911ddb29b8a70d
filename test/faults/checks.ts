import { ENDS, isWithdrawn } from "./ends.ts";
import type { Found, Ledger } from "./ledger.ts";
import type { Record } from "./record.ts";

/** A promise that was not kept. */
export interface Breach extends Found {
  /** Which one. */
  check: keyof typeof CHECKS;
}

type Notification = Record["notifications"][number];

/** Each answers what breaks its promise. */
const CHECKS = {
  ...ENDS,

  /** Every send that was handed in is accepted in the end, and no call gets a wrong answer. */
  "is accepted": ({ entries, wrongAnswers }) => [
    ...entries
      .filter(({ id, refused }) => id === null && refused !== true)
      .map(({ text }) => ({ detail: `${text} was never accepted` })),
    ...wrongAnswers.map((detail) => ({ detail })),
  ],

  /** What was accepted is in the inbox of each of its recipients once; what was taken back in time, or came too late, at most once. */
  "is there once": ({ entries }, { notifications }) => {
    const held = countBy(notifications.filter(isFirst), ({ send, person }) => `${send} ${person}`);
    const texts = countBy(notifications.filter(isFirst), ({ text, person }) => `${text} ${person}`);
    return entries.flatMap(({ id, text, recipients, takenBack }) =>
      recipients.flatMap((person): Found[] => {
        const times = id === null ? 1 : (held.get(`${id} ${person}`) ?? 0);
        const copies = texts.get(`${text} ${person}`) ?? 0;
        if ((times === 1 || (times === 0 && takenBack === "cancelled")) && copies <= 1) return [];
        return [
          {
            detail: `${text} is in the inbox of ${person} ${id === null ? copies : Math.max(times, copies)} times`,
            ...about(id),
          },
        ];
      }),
    );
  },

  /** Nobody has what was sent to others; supervisors alone have copies. */
  "is nowhere else": ({ entries }, { notifications, supervisors }) => {
    const meant = new Set(
      entries.flatMap(({ text, recipients }) => recipients.map((person) => `${text} ${person}`)),
    );
    const told = new Set(supervisors.map(({ person, territory }) => `${territory} ${person}`));
    return notifications
      .filter(({ person }) => person !== "")
      .filter((one) =>
        one.root === null
          ? !meant.has(`${one.text} ${one.person}`)
          : !told.has(`${one.territory} ${one.person}`),
      )
      .map(({ id, person, text }) => ({ detail: `${text} is in the inbox of ${person}`, id }));
  },

  /** An inbox numbers its changes once each; a device that follows it has seen all of them, and nothing else. */
  "is in order": ({ shown }, { notifications: all, inboxes }) => {
    const notifications = all.filter(({ person }) => person !== "");
    const last = new Map(inboxes.map(({ person, seq }) => [person, seq]));
    const numbers = countBy(notifications, ({ person, seq }) => `${person} ${seq}`);
    const doubled = notifications
      .filter(({ person, seq }) => numbers.get(`${person} ${seq}`) !== 1 || seq > (last.get(person) ?? 0))
      .map(({ id, person, seq }) => ({ detail: `number ${seq} of ${person} is no place of its own`, id }));
    const own = Map.groupBy(notifications, ({ person }) => person);
    const unseen = shown.flatMap(({ person, position, at }) => {
      const has = own.get(person) ?? [];
      const ids = new Set(has.map(({ id }) => id));
      return [
        ...has
          .filter(({ id, seq }) => !at.has(id) || seq > position)
          .map(({ id, seq }) => ({ detail: `the device of ${person} has not seen number ${seq}`, id })),
        ...[...at.keys()]
          .filter((id) => !ids.has(id))
          .map((id) => ({ detail: `the device of ${person} showed what is not in the inbox`, id })),
      ];
    });
    return [...doubled, ...unseen];
  },

  /** Every send, arrival and acknowledgement is in the audit record once, and every arrival on the timeline once. */
  "is on record": ({ acknowledged }, { sends, notifications, events, audit }) => {
    const acts = countBy(audit, ({ action, object }) => `${action} ${object}`);
    const actsBy = countBy(audit, ({ action, object, actor }) => `${action} ${object} ${actor}`);
    const steps = countBy(events, ({ status, notification }) => `${status} ${notification}`);
    const once = (times: number | undefined, what: string, id: string): Found[] =>
      times === 1 ? [] : [{ detail: `${what} is on record ${times ?? 0} times`, id }];
    return [
      ...sends.flatMap(({ id }) => once(acts.get(`notification.send ${id}`), "a send", id)),
      ...notifications.filter(isFirst).flatMap(({ id }) => [
        ...once(acts.get(`notification.persist ${id}`), "an arrival", id),
        // What arrives after its time is expired from the beginning.
        ...once(steps.get(`sent ${id}`) ?? steps.get(`expired ${id}`), "an arrival on its timeline", id),
      ]),
      ...acknowledged.flatMap(({ id, person }) =>
        (actsBy.get(`notification.acknowledge ${id} user:${person}`) ?? 0) > 1 ||
        !notifications.some((one) => one.id === id && one.acknowledged)
          ? [{ detail: `the acknowledgement of ${person} does not stand once`, id }]
          : [],
      ),
    ];
  },

  /** After the calm nothing waits. */
  "comes to an end": (_, { sends, deliveries, notifications }) => [
    ...sends
      .filter(({ status }) => status === "accepted")
      .map(({ id }) => ({ detail: "a send is not persisted", id })),
    ...deliveries
      .filter(({ status }) => status === "queued" || status === "claimed")
      .map(({ notification, channel, status, reason }) => ({
        detail: `a delivery by ${channel} is ${status} (${reason ?? "no reason"})`,
        id: notification,
      })),
    ...notifications
      .filter(({ closing }) => closing)
      .map(({ id }) => ({ detail: "copies are left to close", id })),
    ...notifications
      .filter(({ stepOverdue }) => stepOverdue)
      .map(({ id }) => ({ detail: "a step is overdue", id })),
  ],

  /** An alert walks its steps in order, each once, up to its acknowledgement and not beyond; then none of its family is open. */
  "escalates rightly": (_, { notifications, events }) => {
    const families = Map.groupBy(notifications, ({ id, root }) => root ?? id);
    const timelines = Map.groupBy(events, ({ notification }) => notification);
    const order = new Map(events.map((event, place) => [event, place]));
    return (
      notifications
        // The recipients of a broadcast have the rules of its alert, which alone takes the steps.
        .filter(({ id, send, root, steps }) => root === null && id === send && steps !== null)
        .flatMap(({ id, steps, status: end }): Found[] => {
          const family = families.get(id) ?? [];
          const taken = (timelines.get(id) ?? []).filter(({ status }) => status === "escalated");
          const answers = family
            .flatMap((one) => timelines.get(one.id) ?? [])
            .filter(({ status, reason }) => status === "acknowledged" && reason === null)
            .map((event) => order.get(event) ?? 0);
          const answered = Math.min(...answers);
          const walked = taken.map(({ attempt }) => attempt ?? 0);
          return [
            ...(walked.every((step, index) => step === index + 1)
              ? []
              : [{ detail: `it walked the steps ${walked.join(", ")}`, id }]),
            ...(answers.length === 0 && !isWithdrawn(end) && walked.length < (steps ?? 0)
              ? [{ detail: `it walked ${walked.length} of ${steps} steps`, id }]
              : []),
            ...(taken.some((event) => (order.get(event) ?? 0) > answered)
              ? [{ detail: "a step was taken after the acknowledgement", id }]
              : []),
            ...family
              .filter(({ acknowledged }) => answers.length > 0 && !acknowledged)
              .map((open) => ({ detail: `it is acknowledged, and open with ${open.person}`, id })),
          ];
        })
    );
  },

  /** A provider outside is handed what its channel delivered; one that does not tell repeats apart nothing twice, but for what is critical. */
  "goes outside once": ({ pages }, { deliveries, notifications }) => {
    const critical = new Set(
      notifications.filter(({ priority }) => priority === "critical").map(({ id }) => id),
    );
    const times = countBy(pages, (id) => id);
    return deliveries
      .filter(({ channel }) => channel === "pager")
      .filter(({ id, notification, status }) => {
        const handed = times.get(id) ?? 0;
        return (handed > 1 && !critical.has(notification)) || (handed === 0 && status === "delivered");
      })
      .map(({ id, notification }) => ({
        detail: `the provider was handed it ${times.get(id) ?? 0} times`,
        id: notification,
      }));
  },
} satisfies { [check: string]: (ledger: Ledger, record: Record) => Found[] };

/** Holds what the record says to what the ledger was promised. */
export function findBreaches(ledger: Ledger, record: Record): Breach[] {
  const names = Object.keys(CHECKS) as (keyof typeof CHECKS)[];
  return names.flatMap((check) => CHECKS[check](ledger, record).map((found) => ({ check, ...found })));
}

/** Whether it is what came to its recipient, neither a copy nor the alert of a broadcast. */
const isFirst = ({ root, person }: Notification): boolean => root === null && person !== "";
const about = (id: string | null): { id?: string } => (id === null ? {} : { id });

function countBy<T>(items: T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
