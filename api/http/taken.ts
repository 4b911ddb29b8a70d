import { isPostgresError } from "../../store/db/knex.ts";
import { conflict } from "./errors.ts";

/** Writes what may be there once alone. @throws Problem 409 with that detail where it is there already */
export async function unlessTaken<T>(detail: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isPostgresError(error, "23505") ? conflict(detail) : error;
  }
}
