import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import type { Links } from "../../store/crypto/links.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { unsubscribe } from "../../store/people/preferences.ts";
import { User } from "../../store/models/User.ts";
import { conflict, gone, notFound, undecodable } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { rawBody } from "../middleware/body.ts";
import { networkOf } from "../middleware/client.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { noteChange } from "../users/account-notices.ts";
import { type ChannelAnswerDeps, createChannelAnswers } from "./answers.ts";
import type { answers } from "./routes.ts";

export interface LinkDeps extends ChannelAnswerDeps {
  knex: Knex;
  links: Pick<Links, "readAnswer" | "readUnsubscribe">;
  limits: Pick<RateLimits, "callbacks" | "links">;
}

/** What a mail program posts (RFC 8058, 3.2), as either kind of form, is no longer than this; bytes. */
const MOST_ONE_CLICK = 1_024;
const isOneClick = (body: Buffer): boolean => body.includes("List-Unsubscribe") && body.includes("One-Click");

/** Answers the calls behind the links that messages carry. None does anything by GET: programs that look at mail follow links. */
export function linkHandlers(deps: LinkDeps): Handlers<typeof answers> {
  const { knex, links, limits } = deps;
  const answered = createChannelAnswers(deps);

  return {
    answer: async ({ body: { token, answer }, ctx }) => {
      const link = links.readAnswer(token);
      if (link === null) {
        await limits.callbacks.take(networkOf(ctx));
        throw gone("The link is none, or is over a day old. Open the inbox and answer there.");
      }
      await limits.links.take(`answer ${link.deliveryId}`);
      const channel = await actAs(knex, `worker:${link.notificationId}`, async (trx) =>
        Delivery.query(trx).findById(link.deliveryId).select("channel"),
      );
      if (channel === undefined) throw gone("What it was about is not there any more.");
      const given = {
        answerId: `link:${link.deliveryId}`,
        answer,
        providerId: null,
        deliveryId: link.deliveryId,
        address: null,
        code: null,
      };
      const { outcome, reason, repeated } = await answered(channel.channel, given, link.notificationId);
      if (reason === "not_reachable")
        throw gone("Whom it was sent to is not active there any more, and can't answer it.");
      if (repeated) throw gone("The link was used already: it answers once.");
      if (outcome === "nothing")
        throw conflict(
          reason === "read_back"
            ? "It has to be read back. Open the inbox and answer there."
            : "There is nothing left to answer. The inbox shows what became of it.",
        );
      return { status: 200, body: { status: outcome } };
    },

    unsubscribe: async ({ params, ctx }) => {
      const body = await rawBody(ctx, MOST_ONE_CLICK);
      const link = links.readUnsubscribe(params.token);
      if (link === null) {
        await limits.callbacks.take(networkOf(ctx));
        throw notFound();
      }
      if (!isOneClick(body)) throw undecodable("The body does not say List-Unsubscribe=One-Click.");
      const { userId, channel, madeAt } = link;
      await limits.links.take(`unsubscribe ${channel} ${userId}`);
      const actor: Actor = `user:${userId}`;
      await actAs(knex, actor, async (trx) => {
        const person = await User.query(trx).findById(userId).whereNull("disabled_at").select("email");
        if (person === undefined) throw notFound();
        const changed = await unsubscribe(trx, userId, channel, madeAt);
        if (changed === null) throw notFound();
        if (!changed) return;
        const event = { action: "preferences.unsubscribe", outcome: "ok", objectId: userId } as const;
        await record(trx, actor, { ...event, payload: { channel } });
        await noteChange(trx, { id: userId, email: person.email }, "unsubscribe");
      });
      return { status: 204 };
    },
  };
}
