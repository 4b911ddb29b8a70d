import { switchActor, type Transaction } from "../db/knex.ts";
import type { Notification } from "../models/Notification.ts";
import { User } from "../models/User.ts";

/**
 * Writes into a person's notifications the names of the colleagues who acknowledged them in that person's place. Nobody
 * may look colleagues up at will, so the actor is the notification's own worker, which sees the people of its territory.
 * Mostly no colleague acknowledged, and then nothing is looked up.
 */
export async function nameColleagues(
  trx: Transaction,
  userId: string,
  notifications: Notification[],
): Promise<Notification[]> {
  const byColleague = Map.groupBy(
    notifications.filter((one) => isByColleague(one)),
    ({ acknowledged_by }) => acknowledged_by,
  );
  for (const [colleague, theirs] of byColleague) {
    const [first] = theirs;
    if (colleague === null || first === undefined) continue;
    await switchActor(trx, `worker:${first.id}`);
    const found = await User.query(trx).findById(colleague).select("name");
    for (const notification of theirs) notification.colleague = found?.name ?? colleague;
  }
  if (byColleague.size > 0) await switchActor(trx, `user:${userId}`);
  return notifications;
}

/** Whether a colleague has acknowledged a notification in its recipient's place. */
export const isByColleague = ({ acknowledged_by, user_id }: Notification): boolean =>
  acknowledged_by !== null && acknowledged_by !== user_id;
