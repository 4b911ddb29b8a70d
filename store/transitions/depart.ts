import type { Knex } from "knex";
import { call } from "../db/transitions.ts";

/**
 * Makes the next step of an alert due where a person who left was the last one of the step before who could still answer.
 * @returns whether the alert's workflow has something to do
 */
export const depart = (knex: Knex, rootId: string, userId: string): Promise<boolean> =>
  call(knex, "depart", rootId, userId);
