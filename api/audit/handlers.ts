import type { Knex } from "knex";
import { attachment, toCsv, wantsCsv } from "../http/csv.ts";
import { invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne, SEARCHES } from "../middleware/one-by-one.ts";
import { COLUMNS, flatten } from "./present.ts";
import { createAuditReader } from "./read.ts";
import type { audit } from "./routes.ts";
import { MAX_EXPORT, MAX_PAGE } from "./schema.ts";

/** Answers the call under /api/audit: the record, for auditors. */
export function auditHandlers({ knex }: { knex: Knex }): Handlers<typeof audit> {
  const reader = createAuditReader(knex);
  const inTurn = createOneByOne(SEARCHES);
  const read: typeof reader = (caller, query, action) =>
    inTurn(caller.userId, () => reader(caller, query, action));
  return {
    read: async ({ caller, query, ctx }) => {
      if (!wantsCsv(ctx)) {
        const { limit = 50 } = query;
        if (limit > MAX_PAGE) throw invalid([{ path: "/limit", message: `must be at most ${MAX_PAGE}` }]);
        const body = await read(caller, { ...query, limit }, "audit.read");
        return { status: 200, body };
      }
      const { limit = MAX_EXPORT } = query;
      const { events, next } = await read(caller, { ...query, limit }, "audit.export");
      return {
        status: 200,
        headers: attachment("audit.csv", nextPlace(ctx.querystring, next)),
        text: toCsv(COLUMNS, events.map(flatten)),
      };
    },
  };
}

/** The same query, from the place where this page ended. */
function nextPlace(query: string, next: string | null): string | null {
  if (next === null) return null;
  const place = new URLSearchParams(query);
  place.set("cursor", next);
  return place.toString();
}
