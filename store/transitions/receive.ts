import type { Knex } from "knex";
import { call } from "../db/transitions.ts";

/** What is stamped after `after`, up to `to`. */
export interface Stretch {
  after: number;
  to: number;
}

/**
 * Records the receipt, by one of a person's sockets, of what is stamped in a stretch of their inbox: by a device, or by a page that is
 * visible.
 * @returns the notifications newly delivered or seen
 */
export const receive = (knex: Knex, userId: string, device: Stretch, seen: Stretch): Promise<string[]> =>
  call(knex, "receive", userId, device.after, device.to, seen.after, seen.to);
