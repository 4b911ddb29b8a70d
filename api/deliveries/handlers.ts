import { attachment, wantsCsv } from "../http/csv.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne, SEARCHES } from "../middleware/one-by-one.ts";
import { deliveriesCsv } from "./csv.ts";
import { createHistory } from "./history.ts";
import { presentDelivery, presentHistory } from "./present.ts";
import { createRedeliver, type RedeliverDeps } from "./redeliver.ts";
import type { deliveries } from "./routes.ts";

/** Answers the calls under /api/deliveries: the history, and delivering once more. */
export function deliveryHandlers(deps: RedeliverDeps): Handlers<typeof deliveries> {
  const history = createHistory(deps.knex);
  const redeliver = createRedeliver(deps);
  const inTurn = createOneByOne(SEARCHES);
  return {
    list: async ({ caller, query, ctx }) => {
      const { items, next } = await inTurn(caller.userId, () => history(caller, query));
      const on = new Set(deps.channels.names());
      const rows = items.map((row) => presentHistory(row, on));
      if (!wantsCsv(ctx)) return { status: 200, body: { deliveries: rows, next } };
      const place = next === null ? null : `cursor=${next}`;
      return { status: 200, headers: attachment("deliveries.csv", place), text: deliveriesCsv(rows) };
    },

    redeliver: async ({ caller, params }) => {
      const made = presentDelivery(await redeliver(caller, params.id));
      const headers = { Location: `/api/notifications/${made.notification_id}/deliveries` };
      return { status: 202, headers, body: made };
    },
  };
}
