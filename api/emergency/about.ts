import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { EmergencyAccess } from "../../store/models/EmergencyAccess.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { readSettings } from "../../store/settings.ts";
import type { About } from "../notifications/words.ts";

/**
 * What is said of an emergency access is about: the sends of the notification that it opens, whose senders named identifiers, and the settings of
 * the territory. Of a whole inbox the settings alone.
 */
export async function aboutTarget(
  knex: Knex,
  { territory_id, notification_id }: Pick<EmergencyAccess, "territory_id" | "notification_id">,
): Promise<About> {
  const settings = await actAs(knex, "sign-in", (trx) => readSettings(trx, territory_id));
  if (notification_id === null) return { sends: [], settings };
  const found = await actAs(knex, "relay", (trx) =>
    Notification.query(trx).findById(notification_id).select("send_id", "text_id"),
  );
  const ids = found === undefined ? [] : [...new Set([found.send_id, found.textId])];
  const sends: Send[] = [];
  for (const id of ids)
    sends.push(...(await actAs(knex, `worker:${id}`, (trx) => Send.query(trx).where({ id }))));
  return { sends, settings };
}
