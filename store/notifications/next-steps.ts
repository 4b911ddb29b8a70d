import type { NextStep } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { Notification } from "../models/Notification.ts";

interface Found {
  at: string;
  user_id: string | null;
  name: string | null;
  role: string | null;
  topic: string | null;
  last_resort: boolean;
  of_broadcast: boolean;
}

/** Whether a step may be to come for a notification while nobody acknowledges it. */
export const mayEscalate = ({ status, escalation, escalated_from, priority }: Notification): boolean =>
  (status === "sent" || status === "delivered" || status === "read") &&
  (escalation !== null || escalated_from !== null || priority === "critical");

/** Writes into a person's notifications when the next step of their escalation is due, and whom it tells; where none can be, nothing is looked up. */
export async function addNextSteps(
  trx: Transaction,
  userId: string,
  notifications: readonly Notification[],
): Promise<void> {
  const ids = notifications.filter(mayEscalate).map(({ id }) => id);
  if (ids.length === 0) return;
  const steps = await call<Record<string, Found>>(trx, "next_steps", userId, ids);
  for (const notification of notifications) {
    const found = steps[notification.id];
    if (found !== undefined) notification.nextStep = toStep(found);
  }
}

const toStep = ({ at, user_id, name, role, topic, last_resort, of_broadcast }: Found): NextStep => ({
  at: new Date(at).toISOString(),
  person: user_id === null ? null : { user_id, name: name ?? user_id },
  role,
  topic,
  last_resort,
  of_broadcast,
});
