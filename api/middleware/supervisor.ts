import type { Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { forbidden } from "../http/errors.ts";

/**
 * The territories that a person supervises, by their ids; an admin's wider view does not count.
 * @param refusal what somebody who supervises none is told
 * @throws Problem 403 for none
 */
export async function supervisedBy(trx: Transaction, userId: string, refusal: string): Promise<string[]> {
  const roles = await Membership.query(trx)
    .where({ user_id: userId, role: "supervisor" })
    .orderBy("territory_id");
  if (roles.length === 0) throw forbidden(refusal);
  return roles.flatMap(({ territory_id }) => territory_id ?? []);
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
  const roles = await Membership.query(trx)
    .where({ user_id: userId })
    .whereIn("role", ["supervisor", "admin"]);
  if (roles.length === 0) throw forbidden(refusal);
  return {
    isAdmin: roles.some(({ role }) => role === "admin"),
    supervised: roles.flatMap(({ territory_id }) => territory_id ?? []),
  };
}
