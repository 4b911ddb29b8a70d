import type { Knex } from "knex";
import { sendOwnText } from "../channels/own-text.ts";
import type { Registry } from "../channels/registry.ts";
import type { Logger } from "../config/log.ts";
import { record } from "../store/audit/record.ts";
import { actAs } from "../store/db/knex.ts";
import { User } from "../store/models/User.ts";

export interface TellAdminsDeps {
  knex: Knex;
  channels: Pick<Registry, "get">;
  log: Pick<Logger, "error">;
}

/**
 * Tells the installation's administrators, by email where that channel is on, that an alert of a territory waits and that nobody there can be
 * told of it. They see ids and counts alone, so it says no more. Each telling goes on record.
 */
export async function tellAdmins(
  { knex, channels, log }: TellAdminsDeps,
  alert: { id: string; territoryId: string },
): Promise<void> {
  const email = channels.get("email");
  const admins = await actAs(knex, "relay", (trx) => User.query(trx).select("id", "email"));
  const told = await Promise.all(
    admins.map(async ({ id, email: given }) => {
      const address = email?.address(given) ?? null;
      if (email === undefined || address === null) return false;
      const { status } = await sendOwnText(
        email,
        { userId: id, address },
        {
          title: "An alert is unanswered, and nobody can be told of it",
          text: `Nobody who should be told of an alert in ${alert.territoryId} can be reached: its people have left or are disabled. It is listed under Unanswered.`,
        },
      );
      return status === "accepted" || status === "delivered";
    }),
  );
  const people = told.filter(Boolean).length;
  if (people === 0)
    log.error(
      { id: alert.id, territory: alert.territoryId },
      "an alert is unanswered and nobody can be told of it",
    );
  const actor = `worker:${alert.id}` as const;
  await actAs(knex, actor, (trx) =>
    record(trx, actor, {
      action: "notification.escalate",
      outcome: people === 0 ? "failed" : "ok",
      territoryId: alert.territoryId,
      objectId: alert.id,
      payload: { to: "admins", people },
    }),
  );
}
