import type { Knex } from "knex";
import type { z } from "zod";
import type { Registry } from "../../channels/registry.ts";
import { actAs, switchActor, type Transaction } from "../../store/db/knex.ts";
import { ScheduleRow } from "../../store/models/Schedule.ts";
import { Membership } from "../../store/models/User.ts";
import { namesIn } from "../../store/people/names.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { checkRules } from "../escalation-policies/rules.ts";
import { type Fault, forbidden, invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import { listed } from "./answer.ts";
import type { whatIf } from "./routes.ts";
import { MOST_DAYS, MOST_SENDS, type WhatIfAnswer, type WhatIfQuestion } from "./schema.ts";
import { askWhatIf } from "./what-if.ts";

interface WhatIfDeps {
  knex: Knex;
  channels: Pick<Registry, "known" | "names">;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Question = z.output<typeof WhatIfQuestion>;

/** Answers the call under /api/what-if. */
export function whatIfHandlers({ knex, channels }: WhatIfDeps): Handlers<typeof whatIf> {
  // It reads and reckons much: nobody has two answers made at once.
  const alone = createOneByOne(1);
  return {
    ask: async ({ caller, body }) => {
      checkRange(body);
      return { status: 200, body: await alone(caller.userId, () => answer(caller, body)) };
    },
  };

  /** @throws Problem 403 for anybody who does not supervise that territory; 422 */
  async function answer({ userId }: SignedInPerson, question: Question): Promise<WhatIfAnswer> {
    const { territory_id: territoryId, from, to, within_seconds: withinSeconds, change: trial } = question;
    return await actAs(knex, `user:${userId}`, async (trx) => {
      const supervised = await supervisedBy(trx, userId, "Only supervisors can ask what would have been.");
      if (!supervised.includes(territoryId)) throw forbidden("You don't supervise that territory.");
      await checkTrial(trx, question, channels.known());
      const asked = {
        territoryId,
        from,
        to,
        trial,
        available: channels.names(),
        withinSeconds,
        most: MOST_SENDS,
      };
      const found = listed(await askWhatIf(trx, asked));
      await switchActor(trx, `user:${userId}`);
      const people = found.sends.flatMap(({ before, after }) =>
        [...before, ...after].map(({ user_id }) => user_id),
      );
      const names = await namesIn(
        trx,
        `user:${userId}`,
        people.map((user_id) => ({ territory_id: territoryId, user_id })),
      );
      const named = (tellings: (typeof found.sends)[number]["before"]) =>
        tellings.map((telling) => ({ ...telling, name: names.get(telling.user_id) ?? null }));
      return {
        territory_id: territoryId,
        ...{ from: from.toISOString(), to: to.toISOString() },
        ...found,
        sends: found.sends.map((send) => ({ ...send, before: named(send.before), after: named(send.after) })),
      };
    });
  }
}

/** @throws Problem 422 */
function checkRange({ from, to }: Question): void {
  if (to <= from) throw invalid([{ path: "/to", message: "must be after from" }]);
  // Days by the clock on the wall may be an hour longer together.
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY + HOUR)
    throw invalid([{ path: "/to", message: `must be ${MOST_DAYS} days after from at most` }]);
}

/**
 * Refuses what could never hold: people, schedules and channels that are not there.
 * @throws Problem 422 naming each fault
 */
async function checkTrial(
  trx: Transaction,
  { territory_id, change: { policy, preferences = {}, schedules = {}, channels = [] } }: Question,
  known: string[],
): Promise<void> {
  if (policy !== undefined) await checkRules(trx, territory_id, policy.rules, known, "/change/policy");
  const people = await Membership.query(trx)
    .where({ territory_id })
    .whereIn("user_id", Object.keys(preferences));
  const rows = await ScheduleRow.query(trx)
    .where({ territory_id })
    .whereIn("id", Object.keys(schedules))
    .whereNull("deleted_at");
  const members = new Set(people.map(({ user_id }) => user_id));
  const kept = new Set(rows.map(({ id }) => id));
  const missing = (
    path: string,
    names: string[],
    found: (name: string) => boolean,
    message: string,
  ): Fault[] =>
    names.flatMap((name, at) =>
      found(name) ? [] : [{ path: `/change/${path}/${path === "channels" ? at : name}`, message }],
    );
  const faults = [
    ...missing(
      "preferences",
      Object.keys(preferences),
      (id) => members.has(id),
      "is not a person of that territory",
    ),
    ...missing(
      "schedules",
      Object.keys(schedules),
      (id) => kept.has(id),
      "is not a schedule of that territory",
    ),
    ...missing("channels", channels, (name) => known.includes(name), "is not a channel here"),
  ];
  if (faults.length > 0) throw invalid(faults);
}
