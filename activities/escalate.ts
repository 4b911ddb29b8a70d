import type { Knex } from "knex";
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
import { tellAdmins } from "./last-resort.ts";
import { afterStep, hasWay, planStep } from "./step.ts";

export interface EscalateDeps {
  knex: Knex;
  channels: Pick<Registry, "names" | "get">;
  bridge: Pick<Bridge, "publish">;
  log: Pick<Logger, "error" | "debug">;
}

/** People whose inboxes are locked at a time. */
const PAGE = 100;

/**
 * Takes the due step of an alert, if there is one. Where its people have no way by its channels it reached nobody, and the next one is
 * due and taken at once. The database decides; a repeated call answers the work that is left.
 */
export function createEscalate({ knex, channels, bridge, log }: EscalateDeps) {
  return async function escalate(id: string): Promise<Work> {
    for (;;) {
      const due = await stepTargets(knex, id);
      if (due === null) return await workLeft(knex, id);
      if (due.recipient === null) announce(bridge, log, (await countAcknowledged(knex, id)).changes);
      const arrivals = planStep(id, due, channels.names());
      for (let from = 0; from < arrivals.length; from += PAGE) {
        const changes = await tellPeople(knex, id, due.number, arrivals.slice(from, from + PAGE));
        announce(bridge, log, changes);
      }
      const { reachable = [], unreachable = [] } = Object.groupBy(arrivals, (arrival) =>
        hasWay(arrival) ? "reachable" : "unreachable",
      );
      if (due.step.last_resort === true && reachable.length === 0)
        await tellAdmins({ knex, channels, log }, { id, territoryId: due.territoryId });
      const { exhausted, nextSeconds } = afterStep(due);
      const work = await take(knex, id, {
        number: due.number,
        whom: nameOf(due),
        told: reachable.map((arrival) => arrival.id),
        absent: [...due.absent, ...named(unreachable, reachable)].toSorted(),
        gap: due.gap,
        nextSeconds,
        exhausted,
      });
      if (exhausted)
        log.error({ id, step: due.number + 1 }, "an alert is unanswered and its rules are used up");
      if (work.nextMs !== 0) return work;
    }
  };
}

/** Those of the unreachable whom the step names itself, and whom nobody covers. */
function named(unreachable: Arrival[], reachable: Arrival[]): string[] {
  const covered = new Set(reachable.flatMap(({ coversFor = [] }) => coversFor));
  return unreachable.flatMap(({ userId, coversFor = [] }) =>
    coversFor.length > 0 || covered.has(userId) ? [] : [userId],
  );
}

/** Names the people of a step in one word, for the timeline. */
function nameOf({ step: { to, last_resort: lastResort } }: DueStep): string {
  if (lastResort === true) return "last_resort";
  if ("recipient" in to) return "recipient";
  if ("topic" in to) return "topic";
  if (!("role" in to)) return "person";
  return isPeoplesRole(to.role) ? to.role : "on_call";
}
