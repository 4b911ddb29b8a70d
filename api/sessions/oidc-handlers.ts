import type { Knex } from "knex";
import type { Context } from "koa";
import type { OidcSettings } from "../../config/oidc.ts";
import type { Logger } from "../../config/log.ts";
import { demandedWithin, factorDuty, type FactorRule } from "../../store/people/factor-duty.ts";
import type { User } from "../../store/models/User.ts";
import { lockAccount } from "../../store/people/sessions.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { SessionLimits } from "../../config/limits.ts";
import { gone, notFound, unavailable } from "../http/errors.ts";
import { createInvitationFinder, type FinderDeps } from "../invitations/finder.ts";
import { noteChange } from "../users/account-notices.ts";
import { networkOf } from "../middleware/client.ts";
import type { Handlers } from "../http/route.ts";
import { isWithin, type RateLimits } from "../middleware/limits.ts";
import { refuseOtherSites, type Site } from "../middleware/person.ts";
import { cookieOptions } from "./cookie.ts";
import type { Entrance } from "./entrance.ts";
import { failuresOf } from "./guard.ts";
import { findPerson, joinPerson, type OnLink } from "./identities.ts";
import { type Claims, type OidcClient, Pending, PENDING_TTL } from "./oidc.ts";
import type { oidc } from "./oidc-routes.ts";
import { keepHint } from "./provider-hint.ts";
import { refuse, type SignedIn, welcome } from "./sign-in.ts";

export interface OidcDeps extends FinderDeps {
  knex: Knex;
  site: Site;
  vault: Vault;
  sessionLimits: SessionLimits;
  limits: RateLimits;
  entrance: Entrance;
  /** Null where no provider is configured. */
  oidc: OidcSettings | null;
  oidcClient: OidcClient | null;
  factorRule: FactorRule;
  log: Logger;
}

const BOUND_TO = "oidc sign-in";

/**
 * Answers the calls for signing in at the site's OpenID provider. It lets in people whom an admin has made, nobody else;
 * they are led back to the dashboard, or to /sign-in?problem=<slug> when it did not work.
 */
export function oidcHandlers(deps: OidcDeps): Handlers<typeof oidc> {
  const { knex, site, vault, limits, entrance, log, oidc: settings, oidcClient: client } = deps;
  const provider = settings === null || client === null ? null : { ...settings, client };
  const cookie = cookieOptions(site);
  const findInvitation = createInvitationFinder(deps);
  const pendingCookie = `${site.cookie}-oidc`;

  /** Some of these go on record, so that nobody fills it with them. */
  async function leave(
    problem: OidcProblem,
    ctx: Context,
  ): Promise<{ status: 302; headers: { Location: string } }> {
    if (await isWithin(limits.unnamed, networkOf(ctx)))
      await actAs(knex, "sign-in", (trx) => refuse(trx, null, "oidc"));
    return { status: 302, headers: { Location: signInPage(problem) } };
  }

  return {
    methods: async ({ ctx }) => {
      await entrance.greet(ctx);
      const password = settings?.only !== true;
      const passkey = password && site.origin !== null;
      return { status: 200, body: { password, oidc: settings !== null, passkey } };
    },

    begin: async ({ query: { again }, ctx }) => {
      if (provider === null) throw notFound();
      const { url, pending } = await begin(() => provider.client.begin(null, again), log);
      ctx.cookies.set(pendingCookie, seal(vault, pending), { ...cookie, maxAge: PENDING_TTL });
      return { status: 302, headers: { Location: url.href } };
    },

    join: async ({ body: { token }, ctx }) => {
      refuseOtherSites(ctx, site);
      if (provider === null) throw notFound();
      if ((await findInvitation(ctx, token)) === null) {
        await limits.invitations.take(networkOf(ctx));
        throw gone("This invitation was used, or is over; ask an administrator for another.");
      }
      const { url, pending } = await begin(() => provider.client.begin(token), log);
      ctx.cookies.set(pendingCookie, seal(vault, pending), { ...cookie, maxAge: PENDING_TTL });
      return { status: 200, body: { url: url.href } };
    },

    callback: async ({ ctx }) => {
      if (provider === null) throw notFound();
      const pending = unseal(vault, ctx.cookies.get(pendingCookie));
      const count = failuresOf(limits.oidc, limits.vouched.oidc, entrance.from(ctx));
      // Whoever brings nothing that the provider would have to look at can't guess anything by it.
      const answered = pending !== null && typeof ctx.query["code"] === "string";
      if (answered) await count.take();
      ctx.cookies.set(pendingCookie, null, cookie);
      if (!answered) return await leave("oidc-failed", ctx);
      const callback = new URL(`${provider.redirectUri}${ctx.search}`);
      const session = await finish(deps, provider.client, ctx, callback, pending);
      if ("problem" in session) return { status: 302, headers: { Location: signInPage(session.problem) } };
      await count.giveBack();
      await entrance.letIn(ctx, session);
      keepHint(ctx, site, vault, session.idToken, session.expiresAt);
      return { status: 302, headers: { Location: "/" } };
    },
  };
}

async function begin(
  asked: () => ReturnType<OidcClient["begin"]>,
  log: Logger,
): ReturnType<OidcClient["begin"]> {
  try {
    return await asked();
  } catch (err) {
    log.warn({ err }, "the OpenID provider does not answer");
    throw unavailable("The OpenID provider does not answer; try again, or sign in by password.");
  }
}

/** `oidc-failed`: the provider or the browser did not play its part. `oidc-unknown`: no person here. */
type OidcProblem = "oidc-failed" | "oidc-unknown" | "oidc-factor";

const signInPage = (problem: OidcProblem): string => `/sign-in?problem=${problem}`;

async function finish(
  deps: OidcDeps,
  client: OidcClient,
  ctx: Context,
  callback: URL,
  pending: Pending,
): Promise<(SignedIn & Pick<Claims, "idToken">) | { problem: OidcProblem }> {
  const { knex, factorRule, log } = deps;
  const linked: User[] = [];
  const onLink: OnLink = (user) => void linked.push(user);
  try {
    const claims = await client.finish(callback, pending);
    return await actAs(knex, "sign-in", async (trx) => {
      const user =
        pending.invitation === null
          ? await findLocked(trx, claims, onLink)
          : await joinPerson(trx, claims, pending.invitation, onLink);
      for (const one of linked) await noteChange(trx, one, "identity");
      if (user !== null && user.disabled_at === null) {
        if (!claims.secondFactor && (await owesFactor(trx, user.id, factorRule))) {
          await refuse(trx, user.id, "factor");
          return { problem: "oidc-factor" as const };
        }
        const session = await welcome(trx, user.id, deps, ctx.get("User-Agent"), "oidc", {
          confirmedAt: claims.authenticatedAt,
        });
        return { ...session, idToken: claims.idToken };
      }
      await refuse(trx, user?.id ?? null, "oidc");
      return { problem: "oidc-unknown" as const };
    });
  } catch (err) {
    log.warn({ err }, "a sign-in at the OpenID provider failed");
    await actAs(knex, "sign-in", (trx) => refuse(trx, null, "oidc"));
    return { problem: "oidc-failed" };
  }
}

/**
 * Whether somebody's role demands a second factor that the provider says nothing of: one here, which signing in at the provider does not
 * ask for, is none. The days of grace hold.
 */
async function owesFactor(trx: Transaction, userId: string, rule: FactorRule): Promise<boolean> {
  if ((await demandedWithin(trx, userId, rule)) === null) return false;
  return (await factorDuty(trx, userId, rule)).kind !== "until";
}

/** The person for whom a subject stands, once nothing else is being done to their account. */
async function findLocked(trx: Transaction, claims: Claims, onLink: OnLink): Promise<User | null> {
  const found = await findPerson(trx, claims, onLink);
  if (found === null) return null;
  await lockAccount(trx, found.id);
  const now = await findPerson(trx, claims, onLink);
  return now?.id === found.id ? now : null;
}

function seal(vault: Vault, pending: Pending): string {
  const { key_id, wrapped_key, sealed } = vault.seal(Buffer.from(JSON.stringify(pending)), BOUND_TO);
  return [key_id, wrapped_key.toString("base64url"), sealed.toString("base64url")].join(".");
}

/** Null when this program did not seal it, or it was altered, or it is too old. */
function unseal(vault: Vault, text: string | undefined): Pending | null {
  const [key_id = "", wrapped = "", sealed = ""] = (text ?? "").split(".");
  try {
    const box = {
      key_id,
      wrapped_key: Buffer.from(wrapped, "base64url"),
      sealed: Buffer.from(sealed, "base64url"),
    };
    const pending = Pending.parse(JSON.parse(vault.unseal(box, BOUND_TO).toString("utf8")));
    return pending.expires > Date.now() ? pending : null;
  } catch {
    return null;
  }
}
