import type { Knex } from "knex";
import type { NotificationStatus } from "../channels/contract.ts";
import { actAs } from "../store/knex.ts";
import { Notification } from "../store/models/Notification.ts";

/** States that nobody has to act on any more. */
const HANDLED = new Set<NotificationStatus>(["acknowledged", "dismissed", "expired", "cancelled"]);

/** Reads from the database whether anything is left to wait for; a signal may have been lost. */
export function createIsHandled({ knex }: { knex: Knex }) {
  return async function isHandled(id: string): Promise<boolean> {
    const notification = await actAs(knex, `worker:${id}`, (trx) => Notification.query(trx).findById(id));
    return notification === undefined || HANDLED.has(notification.status);
  };
}
