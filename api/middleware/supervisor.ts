import type { Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { forbidden } from "../http/errors.ts";

/**
 * The territories that a person supervises, by their ids; an admin's wider view does not count.
 * @param refusal what somebody who supervises none is told
 * @throws Problem 403 for none
 */
export async function supervisedBy(trx: Transaction, userId: string, refusal: string): Promise<string[]> {
  return territoriesOf(await held(trx, userId, ["supervisor"], refusal));
}

/**
 * What somebody watches over: the territories that they supervise, by their ids, and all of them as an administrator.
 * @param refusal what somebody who does neither is told
 * @throws Problem 403 for whoever does neither
 */
export async function overseenBy(
  trx: Transaction,
  userId: string,
  refusal: string,
): Promise<{ isAdmin: boolean; supervised: string[] }> {
  const roles = await held(trx, userId, ["supervisor", "admin"], refusal);
  return { isAdmin: roles.some(({ role }) => role === "admin"), supervised: territoriesOf(roles) };
}

/** Those of the roles that somebody has, by territory. @throws Problem 403 for none */
async function held(
  trx: Transaction,
  userId: string,
  roles: Membership["role"][],
  refusal: string,
): Promise<Membership[]> {
  const found = await Membership.query(trx)
    .where({ user_id: userId })
    .whereIn("role", roles)
    .orderBy("territory_id");
  if (found.length === 0) throw forbidden(refusal);
  return found;
}

/** A role of the installation has none. */
const territoriesOf = (roles: Membership[]): string[] =>
  roles.flatMap(({ territory_id }) => territory_id ?? []);
