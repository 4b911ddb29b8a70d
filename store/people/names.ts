import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { User } from "../models/User.ts";

/**
 * What people of territories are called, by their ids: who may see what concerns a territory sees who is who in it by the territory's own eyes. Those who
 * have left are missing.
 * @param actor who asks and may, and acts again afterwards
 */
export async function namesIn(
  trx: Transaction,
  actor: Actor,
  people: readonly { territory_id: string; user_id: string }[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const [territory, those] of Map.groupBy(people, ({ territory_id }) => territory_id)) {
    await switchActor(trx, `territory:${territory}`);
    const ids = new Set(those.map(({ user_id }) => user_id));
    const found = await User.query(trx)
      .whereIn("id", [...ids])
      .select("id", "name");
    for (const { id, name } of found) names.set(id, name);
  }
  await switchActor(trx, actor);
  return names;
}
