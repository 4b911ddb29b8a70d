import Router from "koa-router";
import { type SignedInPerson, touchSession } from "../../store/people/sessions.ts";
import { forbidden, notFound, unauthorized } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { Nothing } from "../notifications/schema.ts";
import { guardSignIn } from "./guard.ts";
import { createOwnSessions } from "./own.ts";
import { codeRequired, wrongCode } from "./problems.ts";
import { readProfile } from "./profile.ts";
import { Credentials } from "./schema.ts";
import { createSignIn, type SignInDeps } from "./sign-in.ts";

export interface SessionDeps extends SignInDeps {
  site: Site;
}

const refusals = {
  refused: () => unauthorized("Email and password don't belong together."),
  code: codeRequired,
  "wrong-code": () => wrongCode(401),
};

/** The routes under /api/sessions: signing in and out, who is signed in and for how long. */
export function sessionRoutes({ site, ...deps }: SessionDeps): Router {
  const { knex } = deps;
  const signIn = createSignIn(deps);
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
  const present = async (who: Pick<SignedInPerson, "userId" | "sessionId">): Promise<object> => ({
    ...(await readProfile(knex, who.userId)),
    ...(await own.times(who)),
  });

  router.post("/", json(), async (ctx) => {
    // A browser says where the form stood; signing somebody in from another site is refused.
    if (ctx.get("Origin") !== "" && !site.isOwnOrigin(ctx.req))
      throw forbidden("Sign in from the dashboard itself.");
    const { email, password, code } = validate(Credentials, ctx.state["body"]);
    const shown = { email, password, code, userAgent: ctx.get("User-Agent") };
    const result = await guarded(ctx, email, () => signIn(shown));
    if (result.kind !== "welcome") throw refusals[result.kind]();
    const { session } = result;
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
