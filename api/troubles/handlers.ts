import type { Knex } from "knex";
import type { Starter } from "../../node/starter.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, switchActor } from "../../store/db/knex.ts";
import { freeTroubles, listTroubles, type Trouble } from "../../store/notifications/troubles.ts";
import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { troubles } from "./routes.ts";

const MOST = 500;

/** Answers the calls under /api/troubles. */
export function troubleHandlers({
  knex,
  starter,
}: {
  knex: Knex;
  starter: Pick<Starter, "tellHandled">;
}): Handlers<typeof troubles> {
  return {
    list: async ({ caller }) => {
      const found = await actAs(knex, `user:${caller.userId}`, (trx) => listTroubles(trx, MOST));
      return { status: 200, body: { troubles: found.map(present) } };
    },

    retry: async ({ caller, params: { id } }) => {
      const actor = `user:${caller.userId}` as const;
      const freed = await actAs(knex, "relay", async (trx) => {
        const rows = await freeTroubles(trx, id);
        await switchActor(trx, actor);
        const events = rows.map(({ kind, failures, code, parked_at }) => ({
          action: "trouble.retry" as const,
          outcome: "ok" as const,
          objectId: id,
          payload: { kind, failures, code, parked: parked_at !== null },
        }));
        await record(trx, actor, ...events);
        return rows.length;
      });
      if (freed === 0) throw notFound();
      // A send that could not arrive waits in its workflow.
      void starter.tellHandled(id);
      return { status: 204 };
    },
  };
}

const present = ({ since, again_at, parked_at, ...rest }: Trouble) => ({
  ...rest,
  since: since.toISOString(),
  again_at: parked_at === null ? again_at.toISOString() : null,
  parked_at: parked_at?.toISOString() ?? null,
});
