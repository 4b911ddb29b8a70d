import { laneOf } from "../../channels/contract.ts";
import type { Context } from "koa";
import type { Knex } from "knex";
import type { Starter } from "../../node/starter.ts";
import type { AnswerOutcome, StatusCallback } from "../../channels/plugin.ts";
import type { Registry } from "../../channels/registry.ts";
import { readReports, type Reply } from "../../channels/report.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { takeReport } from "../../store/transitions/report.ts";
import { type ChannelAnswerDeps, createChannelAnswers } from "../answers/answers.ts";
import { notFound, Problem, unauthorized, undecodable } from "../http/errors.ts";
import { rawBody } from "../middleware/body.ts";
import { networkOf } from "../middleware/client.ts";
import type { RateLimits } from "../middleware/limits.ts";
import type { Site } from "../middleware/person.ts";

export interface CallbackDeps extends ChannelAnswerDeps {
  site: Site;
  starter: Starter;
  limits: RateLimits;
  channels: Pick<Registry, "get">;
}

/** A callback no longer than this is read whatever its network forged before; bytes. */
const ALWAYS_READ = 8_192;

/**
 * Takes a provider's reports about its deliveries, and what people answered by it; answers what the plugin has to say to the provider, null where it has nothing. The plugin checks the signature over the bytes as they came.
 * @throws Problem 404 no such channel, or none that reports; 413; 401; 429 too many guesses, before the plugin reads a long one; 400; 500 the plugin is broken,
 * so that the provider comes again
 */
export function createCallback(deps: CallbackDeps) {
  const { knex, site, starter, limits, channels } = deps;
  const answered = createChannelAnswers(deps);
  return async function callback(ctx: Context, channel: string): Promise<Reply | null> {
    const instance = channels.get(channel)?.instance;
    if (instance?.status === undefined) throw notFound();
    const signed = await asSigned(ctx, site);
    // Others forge from a provider's own addresses too, so what costs little is always read.
    if (signed.body.length > ALWAYS_READ) await limits.callbacks.check(networkOf(ctx));
    const reading = await readReports(instance.status.bind(instance), signed);
    if (reading.kind !== "reports") {
      if (reading.kind === "unauthentic") await limits.callbacks.take(networkOf(ctx));
      await recordRefusal(knex, channel, reading.kind);
      throw refusalOf(reading.kind);
    }
    for (const report of reading.reports) {
      for (const { notificationId, round, urgency } of await takeReport(knex, channel, report))
        await starter.redeliver(notificationId, round, laneOf(urgency));
    }
    const outcomes: AnswerOutcome[] = [];
    for (const answer of reading.answers) outcomes.push((await answered(channel, answer)).outcome);
    return reading.reply(outcomes);
  };
}

/** The request as the provider signed it: under the public address, whatever the request calls itself, and with the bytes as they came. */
async function asSigned(ctx: Context, { origin }: Site): Promise<StatusCallback> {
  const body = await rawBody(ctx);
  const headers = Object.entries(ctx.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return {
    method: ctx.method,
    origin,
    path: ctx.originalUrl,
    headers: Object.fromEntries(headers),
    body,
  };
}

type Fault = "unauthentic" | "malformed" | "broken";

async function recordRefusal(knex: Knex, channel: string, reason: Fault): Promise<void> {
  const actor: Actor = `callback:${channel}`;
  const outcome = reason === "broken" ? "failed" : "denied";
  await actAs(knex, actor, (trx) =>
    record(trx, actor, { action: "channel.callback", outcome, objectId: channel, payload: { reason } }),
  );
}

function refusalOf(fault: Fault): Problem {
  switch (fault) {
    case "unauthentic":
      return unauthorized("The signature is missing or wrong.");
    case "malformed":
      return undecodable("The callback is signed, but can't be read.");
    case "broken":
      return new Problem("plugin", "The channel's plugin could not read the callback; try again.");
  }
}
