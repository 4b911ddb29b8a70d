import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { listTroubles, type Trouble } from "../../store/notifications/troubles.ts";
import type { Handlers } from "../http/route.ts";
import type { troubles } from "./routes.ts";

const MOST = 500;

/** Answers the call under /api/troubles. */
export function troubleHandlers({ knex }: { knex: Knex }): Handlers<typeof troubles> {
  return {
    list: async ({ caller }) => {
      const found = await actAs(knex, `user:${caller.userId}`, (trx) => listTroubles(trx, MOST));
      return { status: 200, body: { troubles: found.map(present) } };
    },
  };
}

const present = ({ since, again_at, parked_at, ...rest }: Trouble) => ({
  ...rest,
  since: since.toISOString(),
  again_at: parked_at === null ? again_at.toISOString() : null,
  parked_at: parked_at?.toISOString() ?? null,
});
