import type { Knex } from "knex";
import { record } from "../audit/record.ts";
import { actAs, type Actor, type Transaction } from "../db/knex.ts";

/** A browser on which a person wants to be told (Web Push). */
export interface Device {
  id: string;
  user_id: string;
  /** The session that was last seen on it. */
  session_id: string | null;
  name: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  created_at: Date;
  /** Since when its push service knows it no more; null while it does. */
  gone_at: Date | null;
}

const devices = (trx: Transaction, userId: string) => trx<Device>("push_devices").where({ user_id: userId });

/** A person's devices, the first added first. */
export async function listDevices(trx: Transaction, userId: string): Promise<Device[]> {
  return await devices(trx, userId).orderBy(["created_at", "id"]);
}

/**
 * Adds a device, or takes what is new of one that the person has already.
 * @throws a unique violation where it is another person's
 */
export async function saveDevice(
  trx: Transaction,
  device: Pick<Device, "user_id" | "session_id" | "name" | "endpoint" | "p256dh" | "auth">,
): Promise<Device> {
  const { user_id, endpoint, ...rest } = device;
  const [known] = await devices(trx, user_id)
    .where({ endpoint })
    .update({ ...rest, gone_at: null })
    .returning("*");
  if (known !== undefined) return known;
  const [added] = await trx<Device>("push_devices").insert(device).returning("*");
  if (added === undefined) throw new Error("no device was added");
  return added;
}

/** Notes the session that is on a device now; the device, or undefined where the person has none there. */
export async function moveDevice(
  trx: Transaction,
  { userId, sessionId, endpoint }: { userId: string; sessionId: string; endpoint: string },
): Promise<Device | undefined> {
  const [moved] = await devices(trx, userId)
    .where({ endpoint })
    .update({ session_id: sessionId })
    .returning("*");
  return moved;
}

/** Whether the person had that device. */
export async function removeDevice(trx: Transaction, userId: string, id: string): Promise<boolean> {
  return (await devices(trx, userId).where({ id }).delete()) === 1;
}

/** Forgets a person's devices, all of them or all but those of one session. The person acts. */
export async function forgetDevices(
  trx: Transaction,
  userId: string,
  { but }: { but: string | null },
): Promise<void> {
  await devices(trx, userId).whereRaw("session_id IS DISTINCT FROM ?::uuid", [but]).delete();
}

/** Notes, on record, that a push service knows some of a person's devices no more: an attempt for a notification of theirs was told so. */
export async function loseDevices(
  knex: Knex,
  { notificationId, userId }: { notificationId: string; userId: string },
  ids: readonly string[],
): Promise<void> {
  const actor: Actor = `worker:${notificationId}`;
  await actAs(knex, actor, async (trx) => {
    const lost = await devices(trx, userId)
      .whereIn("id", [...ids])
      .whereNull("gone_at")
      .update({ gone_at: new Date() })
      .returning("id");
    await record(
      trx,
      actor,
      ...lost.map(({ id }) => ({ action: "device.lose", outcome: "ok", objectId: id }) as const),
    );
  });
}
