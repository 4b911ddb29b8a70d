import type { Knex } from "knex";
import type { Priority } from "../../channels/contract.ts";
import type { Actor } from "../db/knex.ts";
import { call } from "../db/transitions.ts";

/** A delivery that is made once more, or why it is not: `over` its notification is, `got` its person has it, `off` the channel is. */
export type Redrive =
  | { kind: "done"; notificationId: string; round: number; urgency: Priority }
  | { kind: "not_found" | "under_way" | "over" | "got" | "off" };

/**
 * Makes a delivery that failed once more, where its person has still to be told, on record.
 * @param everywhere whether an administrator or a command asks; else somebody who supervises its territory
 * @param available the channels that are on
 */
export const redrive = (
  knex: Knex,
  actor: Actor,
  deliveryId: string,
  everywhere: boolean,
  available: string[],
): Promise<Redrive> => call<Redrive>(knex, "redrive", actor, deliveryId, everywhere, available);
