import type { Transaction } from "../db/knex.ts";
import { User } from "../models/User.ts";

/**
 * The one form in which emails are stored and compared: visible ASCII, letters small. Null for anything else: what lies beyond
 * ASCII folds one way here and another way in PostgreSQL (İ, the Kelvin sign), so it is nobody's.
 */
export const foldEmail = (text: string): string | null =>
  /^[\x21-\x7e]+$/.test(text) ? text.toLowerCase() : null;

/** The person who has an email, however its letters are written. */
export async function findByEmail(trx: Transaction, text: string): Promise<User | undefined> {
  const email = foldEmail(text);
  return email === null ? undefined : await User.query(trx).findOne({ email });
}
