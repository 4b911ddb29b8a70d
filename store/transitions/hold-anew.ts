import type { Knex } from "knex";
import { call } from "../db/transitions.ts";

/**
 * Holds what somebody's quiet hours hold until another time, since they have changed them; null: it goes out at once.
 * @returns how many deliveries
 */
export async function holdAnew(knex: Knex, userId: string, until: Date | null): Promise<number> {
  await call(knex, "await_wishes", userId);
  return await call(knex, "hold_anew", userId, until);
}
