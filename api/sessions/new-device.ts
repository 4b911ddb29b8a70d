import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import { Session } from "../../store/models/Session.ts";
import { User } from "../../store/models/User.ts";
import type { Notices } from "../users/notices.ts";
import type { Device } from "./devices.ts";
import type { SignedIn } from "./sign-in.ts";

/** Tells somebody that they were signed in by a browser where they had not signed in before; not of the first sign-in of all. */
export function createDeviceNotice({ knex, notices }: { knex: Knex; notices: Pick<Notices, "tell"> }) {
  return async (device: Device | null, { userId, sessionId }: SignedIn): Promise<void> => {
    if (device?.knows(userId) === true) return;
    const person = await actAs(knex, "sign-in", async (trx) => {
      const earlier = await Session.query(trx).where({ user_id: userId }).whereNot({ id: sessionId }).first();
      return earlier && must(await User.query(trx).findById(userId), "person");
    });
    if (person !== undefined) notices.tell(person, "device");
  };
}
