import type { Context } from "koa";
import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Session } from "../../store/models/Session.ts";
import { User } from "../../store/models/User.ts";
import { demandedWithin, type FactorRule } from "../../store/people/factor-duty.ts";
import {
  addPasskey,
  findPasskey,
  MOST_PASSKEYS,
  notePasskeyUse,
  type Passkey,
  passkeysOf,
  removePasskey,
  useChallenge,
} from "../../store/people/passkeys.ts";
import { endSessions } from "../../store/people/people.ts";
import { findFactor } from "../../store/people/second-factor.ts";
import { lockAccount, type SignedInPerson } from "../../store/people/sessions.ts";
import type { SessionLimits } from "../../config/limits.ts";
import { conflict, invalid, notFound, Problem, unauthorized } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { isWithin, type RateLimits } from "../middleware/limits.ts";
import type { Lookups } from "../middleware/lookups.ts";
import { refuseOtherSites, type Site } from "../middleware/person.ts";
import type { Entrance } from "../sessions/entrance.ts";
import { failuresOf } from "../sessions/guard.ts";
import { refuse, type SignedIn, welcome } from "../sessions/sign-in.ts";
import { noteChange } from "../users/account-notices.ts";
import type { Answered, Ceremony } from "./ceremony.ts";
import type { passkeys } from "./routes.ts";
import type { Assertion, Passkey as Shown } from "./schema.ts";

export interface PasskeyDeps {
  knex: Knex;
  site: Site;
  limits: RateLimits;
  lookups: Lookups;
  sessionLimits: SessionLimits;
  factorRule: FactorRule;
  entrance: Entrance;
  /** Null without PUBLIC_URL. */
  ceremony: Ceremony | null;
}

/** Answers the calls for passkeys. */
export function passkeyHandlers(deps: PasskeyDeps): Handlers<typeof passkeys> {
  const { knex, site, limits, lookups, entrance, factorRule } = deps;

  const own = (): Ceremony => {
    if (deps.ceremony === null) throw notFound();
    return deps.ceremony;
  };

  /** Runs one act of a person on their passkeys, on record either way; then the others who are signed in as them have to show one. */
  async function act<T>(
    { userId, sessionId }: SignedInPerson,
    action: "passkey.add" | "passkey.remove",
    work: (trx: Transaction) => Promise<{ id: string | null; result: T | Problem }>,
  ): Promise<T> {
    const actor: Actor = `user:${userId}`;
    const result = await actAs(knex, actor, async (trx) => {
      await lockAccount(trx, userId);
      const { id: objectId, result: worked } = await work(trx);
      const outcome = worked instanceof Problem ? "denied" : "ok";
      await record(trx, actor, { action, outcome, objectId });
      if (outcome === "ok") await endSessions(trx, userId, { but: sessionId });
      if (outcome === "ok")
        await noteChange(trx, must(await User.query(trx).findById(userId), "person"), "passkey");
      return worked;
    });
    if (result instanceof Problem) throw result;
    return result;
  }

  return {
    list: async ({ caller: { userId } }) => {
      const all = await actAs(knex, `user:${userId}`, (trx) => passkeysOf(trx, userId));
      return { status: 200, body: { passkeys: all.map(present) } };
    },

    beginAdding: async ({ caller: { userId } }) => {
      const ceremony = own();
      const { person, has } = await actAs(knex, `user:${userId}`, async (trx) => ({
        person: must(await User.query(trx).findById(userId), "person"),
        has: await passkeysOf(trx, userId),
      }));
      if (has.length >= MOST_PASSKEYS) throw tooMany();
      const options = await ceremony.begin(person, has);
      return { status: 200, body: { ...options } };
    },

    add: async ({ caller, body: { name, credential } }) => {
      const { userId, sessionId } = caller;
      const made = await own().finish(userId, credential);
      const added = await act(caller, "passkey.add", async (trx) => {
        const refused = (result: Problem) => ({ id: null, result });
        if (made === null || !(await useChallenge(trx, made.answered.bytes, made.answered.expiresAt)))
          return refused(
            invalid([{ path: "/credential", message: "does not answer what was asked, or too late" }]),
          );
        if ((await passkeysOf(trx, userId)).length >= MOST_PASSKEYS) return refused(tooMany());
        const result = await addPasskey(trx, { user_id: userId, name, ...made.passkey });
        await Session.query(trx).findById(sessionId).patch({ limited: false });
        return { id: result.id, result };
      }).catch((error: unknown) => {
        throw isPostgresError(error, "23505") ? conflict("This passkey is somebody's already.") : error;
      });
      return { status: 201, body: present(added) };
    },

    remove: async ({ caller, params: { id } }) => {
      const { userId } = caller;
      await act(caller, "passkey.remove", async (trx) => {
        const others = (await passkeysOf(trx, userId)).filter((passkey) => passkey.id !== id);
        const isLast = others.length === 0 && !(await findFactor(trx, userId))?.confirmed_at;
        if (isLast && (await demandedWithin(trx, userId, factorRule)) !== null)
          return { id, result: conflict("Your role demands a second factor: set up another first.") };
        return { id, result: (await removePasskey(trx, userId, id)) ? null : notFound() };
      });
      return { status: 204 };
    },

    beginSignIn: async ({ ctx }) => {
      refuseOtherSites(ctx, site);
      return { status: 200, body: { ...(await own().beginSignIn()) } };
    },

    signIn: async ({ body: { credential }, ctx }) => {
      refuseOtherSites(ctx, site);
      const ceremony = own();
      const from = entrance.from(ctx);
      const { network, device, visitor } = from;
      const party =
        device === null ? `passkey of ${visitor ?? "none"} at ${network}` : `device of ${device.voucher}`;
      const challenge = ceremony.challengeOf(credential);
      if (challenge === null || !(await isPasskey(credential.id, party))) {
        // It shows nothing, so it counts for nothing, but for how many go on record.
        if (await isWithin(limits.unnamed, network))
          await actAs(knex, "sign-in", (trx) => refuse(trx, null, "passkey"));
        throw notThisPasskey();
      }
      const count = failuresOf(limits.passkeys, limits.vouched.passkeys, from);
      await count.take();
      const session = await actAs(knex, "sign-in", (trx) =>
        signIn(trx, ceremony, { credential, challenge }, ctx),
      );
      if (session === null) throw notThisPasskey();
      await count.giveBack();
      return { status: 201, body: await entrance.letIn(ctx, session) };
    },
  };

  /** @param party who asks: anybody can make an id up */
  async function isPasskey(id: string, party: string): Promise<boolean> {
    const find = () => actAs(knex, "sign-in", async (trx) => (await findPasskey(trx, id)) ?? null);
    return (await lookups.find(id, party, find)) !== null;
  }

  async function signIn(
    trx: Transaction,
    ceremony: Ceremony,
    { credential, challenge }: { credential: Assertion; challenge: Answered },
    ctx: Context,
  ): Promise<SignedIn | null> {
    const found = await findPasskey(trx, credential.id);
    const isFresh = await useChallenge(trx, challenge.bytes, challenge.expiresAt);
    if (found === undefined || !isFresh) {
      await refuse(trx, found?.user_id ?? null, "passkey");
      return null;
    }
    const { user_id } = found;
    // Before the passkey's row: taking one off has the same order.
    await lockAccount(trx, user_id);
    const passkey = await findPasskey(trx, credential.id, { lock: true });
    const person = await User.query(trx).findById(user_id);
    const counter = passkey && (await ceremony.finishSignIn(passkey, credential));
    if (passkey === undefined || typeof counter !== "number" || person?.disabled_at !== null) {
      await refuse(trx, user_id, "passkey");
      return null;
    }
    await notePasskeyUse(trx, passkey.id, counter);
    return await welcome(trx, user_id, deps, ctx.get("User-Agent"), "passkey");
  }
}

const tooMany = (): Problem => conflict(`There are ${MOST_PASSKEYS} passkeys already; remove one first.`);

const notThisPasskey = (): Problem =>
  unauthorized("This passkey is not known here, or was not used for this sign-in.");

const present = ({ id, name, created_at, last_used_at }: Passkey): Shown => ({
  passkey_id: id,
  name,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
});
