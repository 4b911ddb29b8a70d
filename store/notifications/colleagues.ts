import { switchActor, type Transaction } from "../db/knex.ts";
import { Notification } from "../models/Notification.ts";
import { User } from "../models/User.ts";

/**
 * Writes into a person's notifications the names of the colleagues who acknowledged them in that person's place, of those whom the person
 * covers, and of those whose alerts they are copies of. The actor is the notification's own worker, which sees the people of its territory.
 * Mostly there is no colleague to name, and then nothing is looked up.
 */
export async function nameColleagues(
  trx: Transaction,
  userId: string,
  notifications: Notification[],
): Promise<Notification[]> {
  const names = new Map<string, string>();
  for (const notification of notifications.filter((one) => namesColleagues(one))) {
    const colleagues = colleaguesOf(notification);
    const unknown = colleagues.filter((id) => !names.has(id));
    if (unknown.length > 0) {
      await switchActor(trx, `worker:${notification.id}`);
      const found = await User.query(trx).whereIn("id", unknown).select("id", "name");
      for (const id of unknown) names.set(id, id);
      for (const { id, name } of found) names.set(id, name);
    }
    const { acknowledged_by: by } = notification;
    if (by !== null && isByColleague(notification)) notification.colleague = names.get(by) ?? by;
    notification.covered = new Map(notification.covers_for.map((id) => [id, names.get(id) ?? id]));
  }
  if (names.size > 0) await switchActor(trx, `user:${userId}`);
  await nameFirst(trx, userId, notifications.filter(isCopy));
  return notifications;
}

/** Names the recipients of the alerts that these are copies of: by one statement where the person may see those, as supervisors do. */
async function nameFirst(trx: Transaction, userId: string, copies: Notification[]): Promise<void> {
  const roots = [...new Set(copies.flatMap(({ escalated_from: root }) => root ?? []))];
  if (roots.length === 0) return;
  const ofRoots = (ids: string[]): PromiseLike<Root[]> =>
    Notification.query(trx).whereIn("id", ids).select("id", "user_id", "territory_id");
  const found = new Map((await ofRoots(roots)).map((root) => [root.id, root]));
  for (const root of roots.filter((id) => !found.has(id))) {
    await switchActor(trx, `worker:${root}`);
    for (const one of await ofRoots([root])) found.set(root, one);
  }
  const names = new Map<string, string>();
  for (const [territory, those] of Map.groupBy(found.values(), ({ territory_id }) => territory_id)) {
    await switchActor(trx, `territory:${territory}`);
    const people = await User.query(trx)
      .whereIn(
        "id",
        those.map(({ user_id }) => user_id),
      )
      .select("id", "name");
    for (const { id, name } of people) names.set(id, name);
  }
  await switchActor(trx, `user:${userId}`);
  for (const copy of copies) {
    const id = copy.escalated_from === null ? undefined : found.get(copy.escalated_from)?.user_id;
    if (id !== undefined) copy.first = { id, name: names.get(id) ?? id };
  }
}

type Root = Pick<Notification, "id" | "user_id" | "territory_id">;

/** Whether it was made by escalation of somebody's alert, not of a broadcast's. */
const isCopy = ({ escalated_from, recipients }: Notification): boolean =>
  escalated_from !== null && recipients === null;

const colleaguesOf = (notification: Notification): string[] => [
  ...(notification.acknowledged_by !== null && isByColleague(notification)
    ? [notification.acknowledged_by]
    : []),
  ...notification.covers_for,
];

/** Whether a notification names colleagues: who acknowledged it, whom its recipient covers, or whose alert it is a copy of. */
export const namesColleagues = (notification: Notification): boolean =>
  colleaguesOf(notification).length > 0 || isCopy(notification);

/** Whether a colleague has acknowledged a notification in its recipient's place. */
export const isByColleague = ({ acknowledged_by, user_id }: Notification): boolean =>
  acknowledged_by !== null && acknowledged_by !== user_id;
