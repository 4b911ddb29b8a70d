import { sealLag } from "../../store/audit/sealing.ts";
import { readState } from "../../store/notifications/state.ts";
import { fault, type Finding, ok, warn } from "./finding.ts";
import { onDatabase, type Site } from "./site.ts";

/** The age at which the oldest send of a lane that is in no inbox is late; s. As in deploy/prometheus. */
const LATE: Record<string, number> = { critical: 10, ordinary: 60, bulk: 1_800 };
/** How far sealing may be behind; s. */
const MOST_LAG = 60;

/** How far behind the loops are: sends, steps, parked items, and the audit record's sealing. */
export async function late(site: Site): Promise<Finding[]> {
  return await onDatabase(site, async (knex) => {
    const { oldestUnpersisted, unpersisted, overdueSteps, parked } = await readState(knex);
    const slow = Object.entries(oldestUnpersisted).filter(([lane, age]) => age > (LATE[lane] ?? 60));
    const lag = await sealLag(knex);
    return [
      slow.length === 0
        ? ok("sends", "None that is due is late.")
        : fault(
            "sends",
            slow
              .map(
                ([lane, age]) =>
                  `${unpersisted[lane]} ${lane} ones wait, the oldest for ${Math.round(age)} s`,
              )
              .join("; "),
            "See that workers run; the log of the last persist says why it fails.",
          ),
      overdueSteps === 0
        ? ok("steps", "None of an alert is overdue.")
        : fault(
            "steps",
            `${overdueSteps} of alerts are overdue.`,
            "See that workers run and Temporal answers.",
          ),
      parked === 0
        ? ok("parked", "No loop gave up on anything.")
        : warn(
            "parked",
            `Loops gave up on ${parked} items.`,
            "npm run redrive -- --dry-run says which, and why.",
          ),
      lag.seconds <= MOST_LAG
        ? ok("audit seal", "The record is sealed.")
        : fault(
            "audit seal",
            `The record is not sealed for ${Math.round(lag.seconds)} s${lag.heldBy === null ? "" : `; process ${lag.heldBy} of PostgreSQL seals`}.`,
            "See that a node runs; look for a transaction that stays open (pg_stat_activity).",
          ),
    ];
  });
}
