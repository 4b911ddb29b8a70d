import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import { every, type Loop } from "../../node/every.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, isAway } from "../../store/db/knex.ts";
import { ServiceKey } from "../../store/models/Service.ts";
import { Membership, User } from "../../store/models/User.ts";
import type { OwnSends } from "../notifications/own-sends.ts";
import type { Addressee } from "../users/account-notices.ts";
import type { Notices } from "../users/notices.ts";

/** How soon somebody is told that a webhook was disabled; ms. */
const EVERY = 30_000;
/** Territories whose supervisors are told: of a service that sends to many, those of some are enough. */
const MOST_TERRITORIES = 10;

export interface WebhookNoticesDeps {
  knex: Knex;
  ownSends: OwnSends;
  notices: Pick<Notices, "webhook">;
  log: Logger;
}

/** Tells people of webhooks that were disabled. Any number of nodes may run it. */
export function startWebhookNotices(deps: WebhookNoticesDeps): Loop {
  const failed = (err: unknown): void =>
    deps.log.warn({ err }, "nobody could be told of a disabled webhook; it is tried again");
  return every(EVERY, () => tellOfDisabled(deps), failed);
}

/**
 * Tells the admins by email, and the supervisors where the service sends, of each webhook that was disabled for its failures: once, and
 * again after a crash. Who acts on it is an admin; supervisors need to know that a sender no longer hears of an acknowledgement.
 */
export async function tellOfDisabled({ knex, ownSends, notices, log }: WebhookNoticesDeps): Promise<void> {
  const untold = await actAs(knex, "announcer", (trx) =>
    trx("webhooks")
      .whereNull("told_at")
      .whereNull("deleted_at")
      .whereIn("disabled_reason", ["failing", "gone"])
      .orderBy("disabled_at")
      .limit(20)
      // As text: a Date would lose the microseconds by which it is known again.
      .select<Untold[]>("id", "service_id", trx.raw("disabled_at::text AS since")),
  );
  for (const webhook of untold) {
    const { territories, admins } = await whomToTell(knex, webhook);
    for (const territoryId of territories.slice(0, MOST_TERRITORIES))
      await ownSends
        .tell({
          territoryId,
          roles: ["supervisor"],
          people: admins.map(({ id }) => id),
          ...NOTICE,
          matter: `webhook ${webhook.id} ${webhook.since}`,
        })
        .catch((err: unknown) => {
          // One territory that can't be told keeps nobody else from it.
          if (isAway(err)) throw err;
          log.error({ err, territoryId }, "nobody there could be told of a disabled webhook");
        });
    await actAs(knex, "announcer", async (trx) => {
      const { id, since } = webhook;
      const told = trx("webhooks")
        .where({ id })
        .whereNull("told_at")
        .whereRaw("disabled_at = ?::timestamptz", [since]);
      if ((await told.update({ told_at: trx.fn.now() })) === 0) return;
      const payload = { territories: territories.length, admins: admins.length };
      await record(trx, "announcer", { action: "webhook.notice", outcome: "ok", objectId: id, payload });
      for (const admin of admins) notices.webhook(admin, id);
    });
  }
}

interface Untold {
  id: string;
  service_id: string;
  /** When it was disabled. */
  since: string;
}

const NOTICE = {
  title: "A sender no longer hears back",
  message:
    "A system that sends here was to be told what becomes of its notifications. It could not be reached, so telling it was " +
    "switched off. Notifications arrive as before. An administrator can switch it on again.",
  about: null,
  priority: "high",
} as const;

/** The admins, and the territories where a webhook's service sends. */
const whomToTell = (
  knex: Knex,
  { service_id }: Untold,
): Promise<{ territories: string[]; admins: Addressee[] }> =>
  actAs(knex, "sign-in", async (trx) => {
    const keys = await ServiceKey.query(trx).where({ service_id }).whereNull("revoked_at");
    const roles = Membership.query(trx).where({ active: true, role: "admin" }).whereNull("territory_id");
    const admins = await User.query(trx).select("id", "email").whereIn("id", roles.select("user_id"));
    return { territories: [...new Set(keys.flatMap((key) => key.territory_ids))].sort(), admins };
  });
