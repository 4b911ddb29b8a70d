import type { Knex } from "knex";
import Router from "koa-router";
import { z } from "zod";
import { record } from "../../store/audit.ts";
import { actAs } from "../../store/knex.ts";
import { revokeSession } from "../../store/sessions.ts";
import { forbidden, unauthorized } from "../errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { createSignIn, readProfile } from "./signIn.ts";

/** What a person signs in with. */
export const Credentials = z.object({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(1_000),
});

/** The routes under /api/sessions: signing in and out, and who is signed in. */
export function sessionRoutes({ knex, site }: { knex: Knex; site: Site }): Router {
  const signIn = createSignIn(knex);
  const router = new Router({ prefix: "/api/sessions" });
  const cookie = {
    httpOnly: true,
    sameSite: "lax",
    secure: site.secure,
    path: "/",
    overwrite: true,
  } as const;

  router.post("/", json(), async (ctx) => {
    // A browser says where the form stood; signing somebody in from another site is refused.
    if (ctx.get("Origin") !== "" && !site.isOwnOrigin(ctx.req))
      throw forbidden("Sign in from the dashboard itself.");
    const { email, password } = validate(Credentials, ctx.state["body"]);
    const session = await signIn(email, password);
    if (session === null) throw unauthorized("Email and password don't belong together.");
    ctx.cookies.set(site.cookie, session.token, { ...cookie, expires: session.expiresAt });
    ctx.status = 201;
    ctx.body = await readProfile(knex, session.userId);
  });

  router.get("/", person(knex, site), async (ctx) => {
    ctx.body = await readProfile(knex, personOf(ctx).userId);
  });

  router.delete("/", person(knex, site), async (ctx) => {
    const { userId, sessionId } = personOf(ctx);
    await revokeSession(knex, sessionId);
    await actAs(knex, `user:${userId}`, (trx) =>
      record(trx, `user:${userId}`, { action: "session.close", outcome: "ok", objectId: sessionId }),
    );
    ctx.cookies.set(site.cookie, null, cookie);
    ctx.status = 204;
  });

  return router;
}
