import { switchActor, type Transaction } from "../db/knex.ts";
import type { Notification } from "../models/Notification.ts";
import { Service } from "../models/Service.ts";

/** For how long a service's name is kept; ms. */
const KEPT = 60_000;

/** Names the services that sent notifications. */
export interface Senders {
  /** Whether the name of every sender is known already. */
  know(notifications: readonly Notification[]): boolean;
  /** Writes into a person's notifications who sent them. The actor is a notification's own worker, which sees the service that sent it. */
  name(trx: Transaction, userId: string, notifications: readonly Notification[]): Promise<void>;
}

/** Names change hardly ever, and every notification has one: each is looked up once a minute. */
export function createSenders(): Senders {
  const names = new Map<string, { name: string | null; until: number }>();
  const nameOf = ({ service_id }: Notification): string | null | undefined => {
    const known = names.get(service_id);
    return known !== undefined && known.until > Date.now() ? known.name : undefined;
  };
  return {
    know: (notifications) => notifications.every((one) => write(one, nameOf(one))),
    async name(trx, userId, notifications) {
      let looked = false;
      for (const notification of notifications) {
        if (nameOf(notification) === undefined) {
          await switchActor(trx, `worker:${notification.id}`);
          looked = true;
          const found = await Service.query(trx).findById(notification.service_id).select("name");
          names.set(notification.service_id, { name: found?.name ?? null, until: Date.now() + KEPT });
        }
        write(notification, nameOf(notification));
      }
      if (looked) await switchActor(trx, `user:${userId}`);
    },
  };
}

/** Whether there was a name to write, or it is known that there is none. */
function write(notification: Notification, name: string | null | undefined): boolean {
  if (name === undefined) return false;
  notification.sender = name;
  return true;
}
