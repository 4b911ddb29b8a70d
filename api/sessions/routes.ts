import type { Knex } from "knex";
import Router from "koa-router";
import type { Identity, SessionLimits } from "../../store/sessions.ts";
import { touchSession } from "../../store/sessions.ts";
import { forbidden, notFound, unauthorized } from "../errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { Nothing } from "../notifications/schema.ts";
import { guardSignIn } from "./guard.ts";
import { createOwnSessions } from "./own.ts";
import { readProfile } from "./profile.ts";
import { Credentials } from "./schema.ts";
import { createSignIn } from "./signIn.ts";

export interface SessionDeps {
  knex: Knex;
  site: Site;
  sessionLimits: SessionLimits;
}

/** The routes under /api/sessions: signing in and out, who is signed in and for how long. */
export function sessionRoutes({ knex, site, sessionLimits }: SessionDeps): Router {
  const signIn = createSignIn(knex, sessionLimits);
  const guarded = guardSignIn(knex);
  const own = createOwnSessions(knex);
  const router = new Router({ prefix: "/api/sessions" });
  const cookie = {
    httpOnly: true,
    sameSite: "lax",
    secure: site.secure,
    path: "/",
    overwrite: true,
  } as const;
  const present = async (who: Pick<Identity, "userId" | "sessionId">): Promise<object> => ({
    ...(await readProfile(knex, who.userId)),
    ...(await own.times(who)),
  });

  router.post("/", json(), async (ctx) => {
    // A browser says where the form stood; signing somebody in from another site is refused.
    if (ctx.get("Origin") !== "" && !site.isOwnOrigin(ctx.req))
      throw forbidden("Sign in from the dashboard itself.");
    const { email, password } = validate(Credentials, ctx.state["body"]);
    const session = await guarded(ctx, email, () => signIn(email, password, ctx.get("User-Agent")));
    if (session === null) throw unauthorized("Email and password don't belong together.");
    ctx.cookies.set(site.cookie, session.token, { ...cookie, expires: session.expiresAt });
    ctx.status = 201;
    ctx.body = await present(session);
  });

  router.get("/", person(knex, site), async (ctx) => {
    ctx.body = await present(personOf(ctx));
  });

  // "You will be signed out in 60 s": one press goes on (WCAG 2.2.1).
  router.post("/extend", person(knex, site), json({ optional: true }), async (ctx) => {
    validate(Nothing, ctx.state["body"]);
    await touchSession(knex, personOf(ctx).sessionId, { always: true });
    ctx.body = await own.times(personOf(ctx));
  });

  router.get("/own", person(knex, site), async (ctx) => {
    ctx.body = { sessions: await own.list(personOf(ctx)) };
  });

  router.delete("/:id", person(knex, site), async (ctx) => {
    if (!(await own.end(personOf(ctx), ctx.params["id"] ?? ""))) throw notFound();
    if (ctx.params["id"] === personOf(ctx).sessionId) ctx.cookies.set(site.cookie, null, cookie);
    ctx.status = 204;
  });

  router.delete("/", person(knex, site), async (ctx) => {
    await own.end(personOf(ctx), personOf(ctx).sessionId);
    ctx.cookies.set(site.cookie, null, cookie);
    ctx.status = 204;
  });

  return router;
}
