import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import type { EmergencyAccess } from "../../store/models/EmergencyAccess.ts";
import { Territory, User } from "../../store/models/User.ts";
import type { EmergencyAccess as Shown } from "./schema.ts";

/**
 * Accesses as those who may see them get them, with names: whoever opened one and whose inbox it is may be of territories that the other doesn't see, so
 * the program looks them up.
 */
export async function presentAccesses(knex: Knex, accesses: readonly EmergencyAccess[]): Promise<Shown[]> {
  const people = accesses
    .flatMap(({ user_id, recipient_id, reviewed_by }) => [user_id, recipient_id, reviewed_by])
    .filter((id) => id !== null);
  const places = accesses.map(({ territory_id }) => territory_id);
  const [names, territories] = await actAs(knex, "sign-in", async (trx) => [
    await User.query(trx).whereIn("id", people).select("id", "name"),
    await Territory.query(trx).whereIn("id", places).select("id", "name"),
  ]);
  const nameOf = new Map(names.map(({ id, name }) => [id, name]));
  const placeOf = new Map(territories.map(({ id, name }) => [id, name]));
  return accesses.map((access) => ({
    emergency_access_id: access.id,
    user_id: access.user_id,
    name: must(nameOf.get(access.user_id), "who opened it"),
    territory_id: access.territory_id,
    territory_name: must(placeOf.get(access.territory_id), "territory"),
    recipient_id: access.recipient_id,
    recipient_name: must(nameOf.get(access.recipient_id), "recipient"),
    notification_id: access.notification_id,
    reason: access.reason,
    opened_at: access.opened_at.toISOString(),
    expires_at: access.expires_at.toISOString(),
    reviewed_at: access.reviewed_at?.toISOString() ?? null,
    reviewed_by: access.reviewed_by,
    reviewer_name: access.reviewed_by && must(nameOf.get(access.reviewed_by), "reviewer"),
    verdict: access.verdict,
    review: access.review,
  }));
}
