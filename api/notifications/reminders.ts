import type { Knex } from "knex";
import { announce } from "../../channels/websocket/announce.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import { type Alone, createAlone } from "../../node/alone.ts";
import { every, type Loop } from "../../node/every.ts";
import { findReminders } from "../../store/notifications/outbox.ts";
import { dueReminder, reminded, type Reminder } from "../../store/transitions/remind.ts";
import type { OwnSends } from "./own-sends.ts";

export interface CompletionRemindersDeps {
  knex: Knex;
  ownSends: OwnSends;
  bridge: Pick<Bridge, "publish">;
  log: Logger;
}

/** Policies count in minutes; ms. */
const EVERY = 5_000;

/** Reminds of what somebody took over and has not completed within the time of its policy. Any number of nodes may run it. */
export function startCompletionReminders(deps: CompletionRemindersDeps): Loop {
  const alone = createAlone(deps.knex, deps.log);
  return every(
    EVERY,
    () => remindOfCompletion(deps, alone),
    (err) => deps.log.warn({ err }, "reminders could not be sent"),
  );
}

/**
 * Reminds those who acknowledged, and, after as long again, the supervisors, once. A reminder goes out before it is noted, and nobody is told of one
 * matter twice, so whoever dies in between leaves it to be done once.
 */
export async function remindOfCompletion(
  { knex, ownSends, bridge, log }: CompletionRemindersDeps,
  alone: Alone,
): Promise<void> {
  await alone("remind", await findReminders(knex), async (id) => {
    const due = await dueReminder(knex, id);
    if (due === null) return;
    await ownSends.tell({
      territoryId: due.territoryId,
      about: null,
      priority: "high",
      ...messageOf(id, due),
    });
    announce(bridge, log, await reminded(knex, id, due.number));
  });
}

function messageOf(id: string, { number, people, since }: Reminder) {
  const matter = `completion ${id} since ${since} reminder ${number}`;
  return number === 1
    ? {
        roles: [],
        people,
        title: "Not completed yet",
        message:
          "What you acknowledged is not completed within the time that its policy names. Complete it in your inbox, or see that somebody does.",
        matter,
      }
    : {
        roles: ["supervisor" as const],
        title: "Not completed yet",
        message:
          "What somebody here acknowledged is not completed, though they were reminded. The history shows it.",
        matter,
      };
}
