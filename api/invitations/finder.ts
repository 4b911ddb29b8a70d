import type { Context } from "koa";
import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { findInvitation, type Invited } from "../../store/people/invitations.ts";
import { networkOf } from "../middleware/client.ts";
import type { Lookups } from "../middleware/lookups.ts";

/** The form of tokens from before there was a MAC in them. */
const OLDER = /^[\w-]{43}$/;

/** By which an invitation is found. */
export interface FinderDeps {
  knex: Knex;
  credentials: Credentials;
  lookups: Lookups;
}

/** Finds the invitation behind a token that somebody shows; null where there is none that is good. One that is made up costs no look-up. */
export function createInvitationFinder({ knex, credentials: { invitations }, lookups }: FinderDeps) {
  return async (ctx: Context, token: string): Promise<Invited | null> => {
    const find = (): Promise<Invited | null> => actAs(knex, "sign-in", (trx) => findInvitation(trx, token));
    if (OLDER.test(token)) return await lookups.find(token, `invitation at ${networkOf(ctx)}`, find);
    return invitations.mayBe(token) ? await find() : null;
  };
}
