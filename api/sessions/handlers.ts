import type { Context } from "koa";
import type { Logger } from "../../config/log.ts";
import type { OidcSettings } from "../../config/oidc.ts";
import { must } from "../../config/must.ts";
import { touchSession } from "../../store/people/sessions.ts";
import { atProviderAlone, notFound, unauthorized } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { refuseOtherSites, type Site } from "../middleware/person.ts";
import type { OidcClient } from "./oidc.ts";
import { takeHint } from "./provider-hint.ts";
import { clearSession } from "./cookie.ts";
import { createConfirm } from "./confirm.ts";
import type { Entrance } from "./entrance.ts";
import { createOwnSessions } from "./own.ts";
import { codeRequired, passkeyRequired, signInCodeWrong } from "./problems.ts";
import type { sessions } from "./routes.ts";
import { createSignIn, noteThrottle, type SignInDeps } from "./sign-in.ts";

export interface SessionDeps extends SignInDeps {
  site: Site;
  entrance: Entrance;
  /** Null where there is no provider. */
  oidc: Pick<OidcSettings, "only"> | null;
  oidcClient: Pick<OidcClient, "signOutUrl"> | null;
  log: Pick<Logger, "warn">;
}

const refusals = {
  refused: () => unauthorized("Email and password don't belong together."),
  code: codeRequired,
  "wrong-code": signInCodeWrong,
  passkey: passkeyRequired,
};

/** Not "cookies": the one by which the device is known again stays, and opens nothing. */
const FORGET = '"cache", "storage"';

/** Answers the calls under /api/sessions. */
export function sessionHandlers({
  site,
  entrance,
  oidc,
  oidcClient,
  log,
  ...deps
}: SessionDeps): Handlers<typeof sessions> {
  const { knex } = deps;
  const signIn = createSignIn({ ...deps, site });
  const confirm = createConfirm(deps);
  const own = createOwnSessions(knex);

  return {
    signIn: async ({ body: { email, password, code }, ctx }) => {
      refuseOtherSites(ctx, site);
      const from = { ...entrance.from(ctx), userAgent: ctx.get("User-Agent") };
      const result = await signIn({ email, password, code, ...from }).catch((error: unknown) =>
        noteThrottle(knex, error),
      );
      if (result.kind !== "welcome") throw refusals[result.kind]();
      return { status: 201, body: await entrance.letIn(ctx, result.session) };
    },

    read: async ({ caller }) => ({ status: 200, body: await entrance.present(caller) }),

    // "You will be signed out in 60 s": one press goes on (WCAG 2.2.1).
    extend: async ({ caller }) => {
      await touchSession(knex, caller.sessionId, { always: true });
      return { status: 200, body: must(await own.times(caller), "such session") };
    },

    confirm: async ({ caller, body }) => {
      if (body.password !== undefined && oidc?.only === true) throw atProviderAlone();
      await confirm(caller, body);
      return { status: 204 };
    },

    list: async ({ caller }) => ({ status: 200, body: { sessions: await own.list(caller) } }),

    end: async ({ caller, params: { id }, ctx }) => {
      if (!(await own.end(caller, id))) throw notFound();
      if (id !== caller.sessionId) return { status: 204 };
      clearSession(ctx, site);
      return { status: 204, headers: { "Clear-Site-Data": FORGET } };
    },

    signOut: async ({ caller, ctx }) => {
      await own.end(caller, caller.sessionId);
      clearSession(ctx, site);
      const headers = { "Clear-Site-Data": FORGET };
      const url = await providersSignOut(ctx);
      return url === null ? { status: 204, headers } : { status: 200, headers, body: { url: url.href } };
    },
  };

  /** Where somebody who signed in at the provider signs out there too. It is only a next step: they are signed out here. */
  async function providersSignOut(ctx: Context): Promise<URL | null> {
    const hint = takeHint(ctx, site, deps.vault);
    if (hint === null || oidcClient === null) return null;
    try {
      return await oidcClient.signOutUrl(hint.idToken);
    } catch (err) {
      log.warn({ err }, "the OpenID provider does not say where people sign out");
      return null;
    }
  }
}
