import type { Knex } from "knex";
import type { Registry, Running } from "../../channels/registry.ts";
import { must } from "../../config/must.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import {
  type Device as Row,
  listDevices,
  moveDevice,
  removeDevice,
  saveDevice,
} from "../../store/people/devices.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { unlessTaken } from "../http/taken.ts";
import { noteChange } from "../users/account-notices.ts";
import type { devices } from "./routes.ts";

export interface DeviceDeps {
  knex: Knex;
  channels: Pick<Registry, "get">;
}

/** The channel whose addresses are people's browsers. */
export const PUSH = "push";
/** Most devices of a person. */
const MOST = 10;

/** Answers the calls under /api/devices. */
export function deviceHandlers({ knex, channels }: DeviceDeps): Handlers<typeof devices> {
  const running = (): Running => {
    const found = channels.get(PUSH);
    if (found === undefined) throw notFound();
    return found;
  };

  return {
    list: async ({ caller: { userId } }) => {
      const rows = await actAs(knex, `user:${userId}`, (trx) => listDevices(trx, userId));
      const key = channels.get(PUSH)?.instance.deviceKey ?? null;
      return { status: 200, body: { key, devices: rows.map(present) } };
    },

    add: async ({ caller: { userId, sessionId }, body: { name, endpoint, keys } }) => {
      if (running().address(JSON.stringify([{ endpoint, keys }])) === null)
        throw invalid([
          { path: "/endpoint", message: "is not a subscription at a push service that is reached from here" },
        ]);
      const actor: Actor = `user:${userId}`;
      const added = await unlessTaken("Somebody else is told on this device: it has to subscribe anew.", () =>
        actAs(knex, actor, async (trx) => {
          const before = await listDevices(trx, userId);
          const isNew = !before.some((device) => device.endpoint === endpoint);
          if (isNew && before.length >= MOST) return null;
          const row = await saveDevice(trx, {
            user_id: userId,
            session_id: sessionId,
            name,
            endpoint,
            ...keys,
          });
          await record(trx, actor, { action: "device.add", outcome: "ok", objectId: row.id });
          if (isNew) await noteChange(trx, must(await User.query(trx).findById(userId), "person"), "push");
          return row;
        }),
      );
      if (added === null) throw conflict(`There are ${MOST} devices already: remove one first.`);
      return { status: 201, body: present(added) };
    },

    move: async ({ caller: { userId, sessionId }, body: { endpoint } }) => {
      const moved = await actAs(knex, `user:${userId}`, (trx) =>
        moveDevice(trx, { userId, sessionId, endpoint }),
      );
      if (moved === undefined) throw notFound();
      return { status: 200, body: present(moved) };
    },

    remove: async ({ caller: { userId }, params: { id } }) => {
      const actor: Actor = `user:${userId}`;
      const removed = await actAs(knex, actor, async (trx) => {
        const had = await removeDevice(trx, userId, id);
        await record(trx, actor, { action: "device.remove", outcome: had ? "ok" : "denied", objectId: id });
        return had;
      });
      if (!removed) throw notFound();
      return { status: 204 };
    },
  };
}

const present = ({ id, name, created_at, gone_at }: Row) => ({
  device_id: id,
  name,
  created_at: created_at.toISOString(),
  gone_at: gone_at?.toISOString() ?? null,
});
