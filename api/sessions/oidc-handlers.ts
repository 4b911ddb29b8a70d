import type { Knex } from "knex";
import type { Context } from "koa";
import type { OidcSettings } from "../../config/oidc.ts";
import type { Logger } from "../../config/log.ts";
import { actAs } from "../../store/db/knex.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { SessionLimits } from "../../config/limits.ts";
import { notFound, unavailable } from "../http/errors.ts";
import { networkOf } from "../middleware/client.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import type { Site } from "../middleware/person.ts";
import { cookieOptions, setSession } from "./cookie.ts";
import { findPerson } from "./identities.ts";
import { createOidcClient, type OidcClient, Pending, PENDING_TTL } from "./oidc.ts";
import type { oidc } from "./oidc-routes.ts";
import { refuse, type SignedIn, welcome } from "./sign-in.ts";

export interface OidcDeps {
  knex: Knex;
  site: Site;
  vault: Vault;
  sessionLimits: SessionLimits;
  limits: RateLimits;
  /** Null where no provider is configured. */
  oidc: OidcSettings | null;
  log: Logger;
}

const BOUND_TO = "oidc sign-in";

/**
 * Answers the calls for signing in at the site's OpenID provider. It lets in people whom an admin has made, nobody else;
 * they are led back to the dashboard, or to /sign-in?problem=<slug> when it did not work.
 */
export function oidcHandlers(deps: OidcDeps): Handlers<typeof oidc> {
  const { site, vault, limits, log, oidc: settings } = deps;
  const provider = settings === null ? null : { ...settings, client: createOidcClient(settings) };
  const cookie = cookieOptions(site);
  const pendingCookie = `${site.cookie}-oidc`;

  return {
    methods: () => Promise.resolve({ status: 200, body: { password: true, oidc: settings !== null } }),

    begin: async ({ ctx }) => {
      if (provider === null) throw notFound();
      const { url, pending } = await begin(provider.client, log);
      ctx.cookies.set(pendingCookie, seal(vault, pending), { ...cookie, maxAge: PENDING_TTL });
      return { status: 302, headers: { Location: url.href } };
    },

    callback: async ({ ctx }) => {
      if (provider === null) throw notFound();
      await limits.oidc.check(networkOf(ctx));
      const pending = unseal(vault, ctx.cookies.get(pendingCookie));
      ctx.cookies.set(pendingCookie, null, cookie);
      const callback = new URL(`${provider.redirectUri}${ctx.search}`);
      const session = await finish(deps, provider.client, ctx, callback, pending);
      if ("problem" in session) {
        await limits.oidc.take(networkOf(ctx));
        return { status: 302, headers: { Location: `/sign-in?problem=${session.problem}` } };
      }
      setSession(ctx, site, session);
      return { status: 302, headers: { Location: "/" } };
    },
  };
}

async function begin(client: OidcClient, log: Logger): ReturnType<OidcClient["begin"]> {
  try {
    return await client.begin();
  } catch (err) {
    log.warn({ err }, "the OpenID provider does not answer");
    throw unavailable("The OpenID provider does not answer; try again, or sign in by password.");
  }
}

/** `oidc-failed`: the provider or the browser did not play its part. `oidc-unknown`: no person here. */
async function finish(
  { knex, sessionLimits, log }: OidcDeps,
  client: OidcClient,
  ctx: Context,
  callback: URL,
  pending: Pending | null,
): Promise<SignedIn | { problem: "oidc-failed" | "oidc-unknown" }> {
  if (pending === null) {
    await actAs(knex, "sign-in", (trx) => refuse(trx, null, "oidc"));
    return { problem: "oidc-failed" };
  }
  try {
    const claims = await client.finish(callback, pending);
    return await actAs(knex, "sign-in", async (trx) => {
      const user = await findPerson(trx, claims);
      if (user !== null && user.disabled_at === null)
        return await welcome(trx, user.id, sessionLimits, ctx.get("User-Agent"), "oidc");
      await refuse(trx, user?.id ?? null, "oidc");
      return { problem: "oidc-unknown" as const };
    });
  } catch (err) {
    log.warn({ err }, "a sign-in at the OpenID provider failed");
    await actAs(knex, "sign-in", (trx) => refuse(trx, null, "oidc"));
    return { problem: "oidc-failed" };
  }
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
