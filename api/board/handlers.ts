import type { Knex } from "knex";
import { reachedBy } from "../../activities/step.ts";
import type { Registry } from "../../channels/registry.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Territory } from "../../store/models/User.ts";
import { readBoard } from "../../store/notifications/board.ts";
import type { Step } from "../../store/transitions/steps-to-come.ts";
import { forbidden } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import { answerBoard } from "./answer.ts";
import type { board } from "./routes.ts";

export interface BoardDeps {
  knex: Knex;
  channels: Registry;
}

/** Answers the call under /api/board: supervisors see the alerts of their own territories. */
export function boardHandlers({ knex, channels }: BoardDeps): Handlers<typeof board> {
  const reached = (id: string, step: Step) => reachedBy(id, step, channels.names());
  return {
    read: async ({ caller: { userId }, query, headers }) => {
      const actor: Actor = `user:${userId}`;
      return await actAs(knex, actor, async (trx) => {
        const supervised = await supervisedBy(trx, userId, "Only supervisors see the board.");
        if (query.territory !== undefined && !supervised.includes(query.territory))
          throw forbidden("You don't supervise that territory.");
        const wanted = query.territory === undefined ? supervised : [query.territory];
        const territories = await Territory.query(trx).whereIn("id", wanted).orderBy("name");
        const named = territories.map(({ id, name }) => ({ territory_id: id, name }));
        return answerBoard(await readBoard(trx, actor, wanted, reached), named, headers["If-None-Match"]);
      });
    },
  };
}
