import type { Knex } from "knex";
import { announce } from "../../channels/websocket/announce.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import type { Starter } from "../../node/starter.ts";
import { actAs, switchActor, type Transaction } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { countUnanswered, findUnanswered, type Unanswered } from "../../store/notifications/unanswered.ts";
import { namesIn } from "../../store/people/names.ts";
import { readSettings } from "../../store/settings.ts";
import { closeAlert } from "../../store/transitions/close-alert.ts";
import { broadcastCount } from "../notifications/present.ts";
import type { About, RedactWords } from "../notifications/words.ts";
import { notFound } from "../http/errors.ts";
import { placeInTime, toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { overseenBy, supervisedBy } from "../middleware/supervisor.ts";
import type { unanswered } from "./routes.ts";
import type { UnansweredQuery } from "./schema.ts";

/** Answers the calls under /api/unanswered: supervisors see their territories' alerts, administrators the alerts of all territories. */
export function unansweredHandlers({
  knex,
  starter,
  words,
  bridge,
  log,
}: {
  knex: Knex;
  bridge: Bridge;
  log: Logger;
  words: RedactWords;
  starter: Pick<Starter, "tellHandled">;
}): Handlers<typeof unanswered> {
  const read = (userId: string, { territory, state, cursor, limit }: UnansweredQuery) =>
    actAs(knex, `user:${userId}`, async (trx) => {
      const { isAdmin, supervised } = await overseenBy(
        trx,
        userId,
        "Only supervisors and administrators see the alerts that wait for an acknowledgement.",
      );
      // An administrator can't read notifications. The relay, which sees ids and times alone, looks in their place.
      if (isAdmin) await switchActor(trx, "relay");
      const all = isAdmin ? null : supervised;
      const wanted =
        territory === undefined ? all : [territory].filter((one) => isAdmin || supervised.includes(one));
      const rows = await findUnanswered(trx, { territories: wanted, state, after: cursor, limit: limit + 1 });
      const counts = await countUnanswered(trx, wanted);
      const { items, next } = toPage(rows, limit, placeInTime);
      return { items: await named(trx, userId, items), next, counts };
    });

  /**
   * An alert's send, the one whose text it shows, and the settings of its territory, as these sends' own workflows see them; null where this
   * person sees no such alert.
   */
  const aboutAlert = (userId: string, id: string): Promise<About | null> =>
    actAs(knex, `user:${userId}`, async (trx) => {
      const alert = await Notification.query(trx).findById(id).select("send_id", "text_id", "territory_id");
      if (alert === undefined) return null;
      const settings = await readSettings(trx, alert.territory_id);
      const sends: Send[] = [];
      for (const each of new Set([alert.send_id, alert.textId])) {
        await switchActor(trx, `worker:${each}`);
        sends.push(...(await Send.query(trx).where({ id: each })));
      }
      return { sends, settings };
    });

  return {
    list: async ({ caller, query }) => {
      const { items, next, counts } = await read(caller.userId, query);
      return { status: 200, body: { unanswered: items.map(present), counts, next } };
    },

    close: async ({ caller, params: { id }, body: { reason } }) => {
      await actAs(knex, `user:${caller.userId}`, (trx) =>
        supervisedBy(trx, caller.userId, "Only supervisors can end an alert."),
      );
      const why = await words(caller.userId, reason, () => aboutAlert(caller.userId, id));
      const changes = await closeAlert(knex, caller.userId, id, why);
      if (changes === null) throw notFound();
      announce(bridge, log, changes);
      void starter.tellHandled(id);
      return { status: 204 };
    },
  };
}

/** Alerts with the names of their people. */
async function named(trx: Transaction, userId: string, alerts: Unanswered[]) {
  const people = alerts.flatMap(({ territory_id, user_id, told }) =>
    [user_id, ...told.map((one) => one.user_id)].flatMap((id) =>
      id === null ? [] : [{ territory_id, user_id: id }],
    ),
  );
  const names = await namesIn(trx, `user:${userId}`, people);
  const nameOf = (id: string | null): string | null => (id === null ? null : (names.get(id) ?? null));
  return alerts.map((alert) => ({
    ...alert,
    name: nameOf(alert.user_id),
    told: alert.told.map((one) => ({ ...one, name: nameOf(one.user_id) })),
  }));
}

const present = ({
  id,
  created_at,
  next_step,
  next_step_at,
  recipients,
  acknowledged,
  ...rest
}: Awaited<ReturnType<typeof named>>[number]) => ({
  ...rest,
  broadcast: broadcastCount({ recipients, acknowledged }),
  notification_id: id,
  since: created_at.toISOString(),
  steps: next_step,
  next_step_at: next_step_at.toISOString(),
});
