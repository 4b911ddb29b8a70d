import type { Knex } from "knex";
import { laneOf } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Starter } from "../../node/starter.ts";
import { actAs, switchActor, type Actor } from "../../store/db/knex.ts";
import {
  type FailedWork,
  findFailedWork,
  placeOf,
  redriveWork,
} from "../../store/notifications/failed-work.ts";
import { causeOf } from "../../store/notifications/failure-words.ts";
import { redrive, type Redrive } from "../../store/transitions/redrive.ts";
import { conflict, notFound } from "../http/errors.ts";
import { toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne, SEARCHES } from "../middleware/one-by-one.ts";
import { overseenBy } from "../middleware/supervisor.ts";
import type { failedWork } from "./routes.ts";

/** What a redrive that is refused is answered with. */
const REFUSALS = {
  under_way: "Another delivery of the notification is under way.",
  over: "The notification is over.",
  got: "Its person has it by another way.",
  off: "The channel is off.",
};

const ONLY = "Only supervisors and administrators see what failed.";

/** Answers the calls under /api/failed-work: supervisors see their territories' work, administrators the work of all by its ids. */
export function failedWorkHandlers({
  knex,
  starter,
  channels,
}: {
  knex: Knex;
  starter: Pick<Starter, "redeliver" | "tellHandled">;
  channels: Pick<Registry, "names">;
}): Handlers<typeof failedWork> {
  const inTurn = createOneByOne(SEARCHES);
  const isAdmin = async (userId: string): Promise<boolean> =>
    (await actAs(knex, `user:${userId}`, (trx) => overseenBy(trx, userId, ONLY))).isAdmin;

  const redriveOne = async (userId: string, everywhere: boolean, id: string): Promise<Redrive["kind"]> => {
    const actor: Actor = `user:${userId}`;
    if (await redriveWork(knex, actor, id)) {
      // A send that could not arrive waits in its workflow.
      void starter.tellHandled(id);
      return "done";
    }
    const answer = await redrive(knex, actor, id, everywhere, channels.names());
    if (answer.kind === "done")
      await starter.redeliver(answer.notificationId, answer.round, laneOf(answer.urgency));
    return answer.kind;
  };

  return {
    list: async ({ caller: { userId }, query: { territory, kind, cursor, limit } }) => {
      const rows = await inTurn(userId, () =>
        actAs(knex, `user:${userId}`, async (trx) => {
          const { isAdmin: everywhere, supervised } = await overseenBy(trx, userId, ONLY);
          // An administrator can't read deliveries. The relay, which sees ids and times alone, looks in their place.
          if (everywhere) await switchActor(trx, "relay");
          const seen = everywhere ? null : supervised;
          const territories =
            territory === undefined
              ? seen
              : [territory].filter((one) => everywhere || supervised.includes(one));
          return await findFailedWork(trx, { territories, kind, after: cursor, limit: limit + 1 });
        }),
      );
      const { items, next } = toPage(rows, limit, placeOf);
      return { status: 200, body: { failed: items.map(present), next } };
    },

    redrive: async ({ caller: { userId }, params: { id } }) => {
      const kind = await redriveOne(userId, await isAdmin(userId), id);
      if (kind === "not_found") throw notFound();
      if (kind !== "done") throw conflict(REFUSALS[kind]);
      return { status: 204 };
    },

    redriveMany: async ({ caller: { userId }, body: { ids } }) =>
      await inTurn(userId, async () => {
        const everywhere = await isAdmin(userId);
        const results = [];
        for (const id of ids) {
          const kind = await redriveOne(userId, everywhere, id);
          results.push({ id, outcome: kind === "done" ? ("redriven" as const) : kind });
        }
        return { status: 200, body: { results } };
      }),
  };
}

const present = (work: FailedWork) => {
  const { moment: _moment, since, again_at, ...rest } = work;
  return {
    ...rest,
    cause: causeOf(work),
    since: since.toISOString(),
    again_at: again_at?.toISOString() ?? null,
  };
};
