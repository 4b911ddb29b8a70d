import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { every, type Loop } from "../../node/every.ts";
import { actAs } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import type { OwnSends } from "../notifications/own-sends.ts";
import { privacyOfficers } from "./reviewers.ts";

export interface RemindersDeps {
  knex: Knex;
  ownSends: OwnSends;
}

/** Reminders are a day apart, so an hour more or less is soon enough; ms. */
const EVERY = 3_600_000;
const FIRST = 60_000;

/** Reminds reviewers every day of the emergency accesses that wait for them. Any number of nodes may run it. */
export function startReminders(deps: RemindersDeps & { log: Logger }): Loop {
  const round = (): Promise<void> => remindReviewers(deps);
  return every(EVERY, round, (err) => deps.log.warn({ err }, "reviewers could not be reminded"), FIRST);
}

/** Tells the reviewers of each emergency access that has waited for a day or more, once a day, until one of them closes it. */
export async function remindReviewers({ knex, ownSends }: RemindersDeps): Promise<void> {
  for (const { id, territory_id, user_id, days } of await findWaiting(knex)) {
    const who = await actAs(knex, "sign-in", (trx) => User.query(trx).findById(user_id).select("id", "name"));
    const about = must(who, "person");
    await ownSends.tell({
      territoryId: territory_id,
      roles: ["supervisor"],
      people: await privacyOfficers(knex, territory_id),
      title: "Emergency access",
      priority: "high",
      message: `What ${about.name} (${about.id}) opened here in an emergency has waited for a review for ${days} days. It is under Emergency access.`,
      about,
      matter: `emergency ${id} day ${days}`,
    });
  }
}

interface Waiting {
  id: string;
  territory_id: string;
  user_id: string;
  /** Whole days since it was opened. */
  days: number;
}

const findWaiting = (knex: Knex): Promise<Waiting[]> =>
  actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw<{ rows: Waiting[] }>(
      `SELECT id, territory_id, user_id, floor(extract(epoch FROM now() - opened_at) / 86400)::integer AS days
       FROM emergency_accesses WHERE reviewed_at IS NULL AND opened_at <= now() - interval '1 day' ORDER BY opened_at`,
    );
    return rows;
  });
