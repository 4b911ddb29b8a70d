import type { Knex } from "knex";
import { call } from "../db/transitions.ts";

/** The changes stamped after `after`, up to `to`. */
export interface Stretch {
  after: number;
  to: number;
}

/**
 * Records, for one of a person's sockets, that the device has the changes in one stretch of the inbox, and that the visible page shows
 * those in another.
 * @param token the subject token by which a page of another system says so; null for the person's own device
 * @returns the notifications newly delivered or seen
 */
export const receive = (
  knex: Knex,
  userId: string,
  device: Stretch,
  seen: Stretch,
  token: string | null = null,
): Promise<string[]> => call(knex, "receive", userId, device.after, device.to, seen.after, seen.to, token);
