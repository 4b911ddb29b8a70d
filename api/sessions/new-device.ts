import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import { Session } from "../../store/models/Session.ts";
import { User } from "../../store/models/User.ts";
import { noteChange } from "../users/account-notices.ts";
import type { Device } from "./devices.ts";
import type { SignedIn } from "./sign-in.ts";

/**
 * Notes that somebody was signed in by a browser where they had not signed in before; not of the first sign-in of all. It is done before the
 * browser gets its cookie: a session that nobody has is told of by nobody.
 */
export function createDeviceNotice(knex: Knex) {
  return async (device: Device | null, { userId, sessionId }: SignedIn): Promise<void> => {
    if (device?.knows(userId) === true) return;
    await actAs(knex, "sign-in", async (trx) => {
      const earlier = await Session.query(trx).where({ user_id: userId }).whereNot({ id: sessionId }).first();
      if (earlier === undefined) return;
      await noteChange(trx, must(await User.query(trx).findById(userId), "person"), "device");
    });
  };
}
