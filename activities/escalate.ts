import type { Knex } from "knex";
import { v5 as uuidv5 } from "uuid";
import type { Registry } from "../channels/registry.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { announce } from "../channels/websocket/announce.ts";
import type { Logger } from "../config/log.ts";
import { type Arrival, type Work, workLeft } from "../store/transitions/arrive.ts";
import {
  type DueStep,
  countAcknowledged,
  escalate as take,
  stepTargets,
  tellPeople,
} from "../store/transitions/escalate.ts";
import { isPeoplesRole } from "../store/notifications/escalation.ts";
import { ofRecipient } from "./arrival/broadcast.ts";
import { copyOf, planArrival } from "./arrival/plan.ts";
import { tellAdmins } from "./last-resort.ts";

export interface EscalateDeps {
  knex: Knex;
  channels: Pick<Registry, "names" | "get">;
  bridge: Pick<Bridge, "publish">;
  log: Pick<Logger, "error" | "debug">;
}

/** People whose inboxes are locked at a time. */
const PAGE = 100;
/** How often the last resort is told while nobody acknowledges; s. */
const LAST_RESORT_EVERY = 600;

/** The notification by which a step tells a person: the recipient's own, or a copy. */
function idFor(rootId: string, { recipient, step }: DueStep, userId: string): string {
  if (recipient !== null) return userId === recipient ? rootId : copyOf(rootId, userId);
  // A supervisor may have both: the broadcast as one of its recipients, and a copy of its alert.
  return "recipient" in step.to ? ofRecipient(rootId, userId) : uuidv5(userId, uuidv5("alert", rootId));
}

/**
 * Takes the due step of an alert, if there is one. Where a step reached nobody, the next one is due and taken at once. The
 * database decides; a repeated call answers the work that is left.
 */
export function createEscalate({ knex, channels, bridge, log }: EscalateDeps) {
  return async function escalate(id: string): Promise<Work> {
    for (;;) {
      const due = await stepTargets(knex, id);
      if (due === null) return await workLeft(knex, id);
      if (due.recipient === null) announce(bridge, log, (await countAcknowledged(knex, id)).changes);
      const arrivals = arrivalsOf(id, due, channels.names());
      for (let from = 0; from < arrivals.length; from += PAGE) {
        const changes = await tellPeople(knex, id, due.number, arrivals.slice(from, from + PAGE));
        announce(bridge, log, changes);
      }
      if (due.step.last_resort === true && arrivals.length === 0)
        await tellAdmins({ knex, channels, log }, { id, territoryId: due.territoryId });
      const exhausted = due.number + 1 >= due.total;
      const work = await take(knex, id, {
        number: due.number,
        whom: nameOf(due),
        told: arrivals.map((arrival) => arrival.id),
        absent: due.absent,
        nextSeconds: exhausted ? LAST_RESORT_EVERY : due.nextSeconds,
        exhausted,
      });
      if (exhausted)
        log.error({ id, step: due.number + 1 }, "an alert is unanswered and its rules are used up");
      if (work.nextMs !== 0) return work;
    }
  };
}

function arrivalsOf(rootId: string, due: DueStep, available: string[]): Arrival[] {
  const { category, priority, step, targets } = due;
  const wanted = { category, priority, channels: step.channels ?? null };
  return targets.map((wishes) => planArrival(idFor(rootId, due, wishes.userId), wishes, wanted, available));
}

/** Names the people of a step in one word, for the timeline. */
function nameOf({ step: { to, last_resort: lastResort } }: DueStep): string {
  if (lastResort === true) return "last_resort";
  if ("recipient" in to) return "recipient";
  if (!("role" in to)) return "person";
  return isPeoplesRole(to.role) ? to.role : "on_call";
}
