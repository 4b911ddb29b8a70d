import type { Context } from "koa";
import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { networkOf } from "../middleware/client.ts";
import type { Site } from "../middleware/person.ts";
import { setSession } from "./cookie.ts";
import type { Devices } from "./devices.ts";
import type { From } from "./guard.ts";
import { createDeviceNotice } from "./new-device.ts";
import { createOwnSessions } from "./own.ts";
import { readProfile } from "./profile.ts";
import { takeHint } from "./provider-hint.ts";
import type { SignedInProfile } from "./schema.ts";
import type { SignedIn } from "./sign-in.ts";
import type { Visitors } from "./visitors.ts";

export interface EntranceDeps {
  knex: Knex;
  site: Site;
  devices: Devices;
  visitors: Visitors;
  vault: Vault;
}

/** What every way to sign in here ends with. */
export interface Entrance {
  /** Where somebody comes from. */
  from(ctx: Context): From;
  /** Tells a browser in which nobody signed in before from others at its address. */
  greet(ctx: Context): Promise<void>;
  /** Gives the browser its cookies, and tells the person of a new one; answers who is signed in. */
  letIn(ctx: Context, session: SignedIn): Promise<SignedInProfile>;
  /** Who is signed in, and until when. */
  present(who: Pick<SignedInPerson, "userId" | "sessionId">): Promise<SignedInProfile>;
}

export function createEntrance({ knex, site, devices, visitors, vault }: EntranceDeps): Entrance {
  const noteDevice = createDeviceNotice(knex);
  const own = createOwnSessions(knex);
  const present: Entrance["present"] = async (who) => ({
    ...must(await readProfile(knex, who.userId), "such person"),
    ...must(await own.times(who), "such session"),
    ...(await own.duty(who)),
  });
  return {
    from: (ctx) => ({ network: networkOf(ctx), device: devices.read(ctx), visitor: visitors.read(ctx) }),
    greet: async (ctx) => {
      if (devices.read(ctx) === null) await visitors.greet(ctx);
    },
    letIn: async (ctx, session) => {
      await noteDevice(devices.read(ctx), session);
      setSession(ctx, site, session);
      takeHint(ctx, site, vault);
      devices.welcome(ctx, session.userId);
      return await present(session);
    },
    present,
  };
}
