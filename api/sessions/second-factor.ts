import type { Knex } from "knex";
import type { Context } from "koa";
import Router from "koa-router";
import { generateURI } from "otplib";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import {
  confirmFactor,
  enrol,
  findFactor,
  recoveryCodesLeft,
  removeFactor,
  renewRecoveryCodes,
  redeemCode,
  takeRecoveryCode,
} from "../../store/people/second-factor.ts";
import { conflict, type Problem } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { limitsOf } from "../middleware/limits.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { Nothing } from "../notifications/schema.ts";
import { wrongCode } from "./problems.ts";
import { Code } from "./schema.ts";

export interface SecondFactorDeps {
  knex: Knex;
  site: Site;
  vault: Vault;
}

/** The routes under /api/second-factor: a person's own authenticator (RFC 6238) and recovery codes. */
export function secondFactorRoutes({ knex, site, vault }: SecondFactorDeps): Router {
  const router = new Router({ prefix: "/api/second-factor" });

  router.get("/", person(knex, site), async (ctx) => {
    const { userId } = personOf(ctx);
    ctx.body = await actAs(knex, `user:${userId}`, async (trx) => ({
      enabled: Boolean((await findFactor(trx, userId))?.confirmed_at),
      recovery_codes_left: await recoveryCodesLeft(trx, userId),
    }));
  });

  router.post("/", person(knex, site), json({ optional: true }), async (ctx) => {
    validate(Nothing, ctx.state["body"]);
    ctx.body = await act(knex, ctx, "second-factor.enrol", async (trx, userId) => {
      const secret = await enrol(trx, vault, userId);
      if (secret === null) return conflict("There is an authenticator already; take it off first.");
      const user = await User.query(trx).findById(userId);
      return { secret, uri: generateURI({ issuer: "Tocsin", label: user?.email ?? userId, secret }) };
    });
    ctx.status = 201;
  });

  router.post("/confirm", person(knex, site), json(), async (ctx) => {
    const { code } = validate(Code, ctx.state["body"]);
    ctx.body = await act(knex, ctx, "second-factor.confirm", async (trx, userId) => {
      const factor = await findFactor(trx, userId);
      if (factor === undefined || factor.confirmed_at !== null)
        return conflict("No authenticator waits to be confirmed; enrol one first.");
      if (!(await redeemCode(trx, vault, userId, code))) return wrongCode();
      return { recovery_codes: await confirmFactor(trx, userId) };
    });
  });

  router.post("/recovery-codes", person(knex, site), json(), async (ctx) => {
    const { code } = validate(Code, ctx.state["body"]);
    ctx.body = await act(knex, ctx, "second-factor.recovery", async (trx, userId) => {
      if (!(await isConfirmed(trx, userId))) return conflict("There is no authenticator.");
      if (!(await redeemCode(trx, vault, userId, code))) return wrongCode();
      return { recovery_codes: await renewRecoveryCodes(trx, userId) };
    });
  });

  router.post("/disable", person(knex, site), json(), async (ctx) => {
    const { code } = validate(Code, ctx.state["body"]);
    await act(knex, ctx, "second-factor.disable", async (trx, userId) => {
      if (!(await isConfirmed(trx, userId))) return conflict("There is no authenticator.");
      if (!(await redeemCode(trx, vault, userId, code)) && !(await takeRecoveryCode(trx, userId, code)))
        return wrongCode();
      await removeFactor(trx, userId);
      return {};
    });
    ctx.status = 204;
  });

  return router;
}

const isConfirmed = async (trx: Transaction, userId: string): Promise<boolean> =>
  Boolean((await findFactor(trx, userId))?.confirmed_at);

/**
 * Runs one act of a person on the own authenticator, on record either way; wrong codes count like failed sign-ins.
 * @throws the Problem that `work` answers
 */
async function act<T extends object>(
  knex: Knex,
  ctx: Context,
  action: AuditEvent["action"],
  work: (trx: Transaction, userId: string) => Promise<T | Problem>,
): Promise<T> {
  const { userId } = personOf(ctx);
  const actor: Actor = `user:${userId}`;
  const { accounts } = limitsOf(ctx);
  await accounts.take(`code:${userId}`);
  const result = await actAs(knex, actor, async (trx) => {
    const worked = await work(trx, userId);
    await record(trx, actor, { action, outcome: worked instanceof Error ? "denied" : "ok" });
    return worked;
  });
  if (result instanceof Error) throw result;
  await accounts.forget(`code:${userId}`);
  return result;
}
