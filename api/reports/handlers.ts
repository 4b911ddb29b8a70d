import type { Knex } from "knex";
import { attachment, toCsv, wantsCsv } from "../http/csv.ts";
import { invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { createAcknowledgementReport } from "./acknowledgement.ts";
import type { reports } from "./routes.ts";
import { type AcknowledgementQuery, type AcknowledgementRow, MOST_DAYS } from "./schema.ts";

const DAY = 86_400_000;

/** Answers the calls under /api/reports. */
export function reportHandlers({ knex }: { knex: Knex }): Handlers<typeof reports> {
  const report = createAcknowledgementReport(knex);
  // It reads much: nobody holds many connections with it.
  const alone = createOneByOne(1);
  return {
    acknowledgement: async ({ caller, query, ctx }) => {
      checkRange(query);
      const rows = await alone(caller.userId, () => report(caller, query));
      if (wantsCsv(ctx))
        return { status: 200, headers: attachment("acknowledgement.csv", null), text: csvOf(rows) };
      const { from, to } = query;
      return { status: 200, body: { from: from.toISOString(), to: to.toISOString(), rows } };
    },
  };
}

/** @throws Problem 422 */
function checkRange({ from, to }: AcknowledgementQuery): void {
  if (to <= from) throw invalid([{ path: "/to", message: "must be after from" }]);
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY)
    throw invalid([{ path: "/to", message: `must be ${MOST_DAYS} days after from at most` }]);
}

const STAGES = ["delivered", "seen", "acknowledged"] as const;
const COLUMNS = [
  "group",
  "alerts",
  "escalated",
  ...STAGES.flatMap((stage) => [`${stage}`, `${stage}_p50_s`, `${stage}_p90_s`] as const),
  "within_target",
] as const;

const csvOf = (rows: AcknowledgementRow[]): string =>
  toCsv(
    COLUMNS,
    rows.map(({ group, alerts, escalated, delivered, seen, acknowledged, within_target }) => ({
      ...{ group, alerts, escalated, within_target },
      ...{ delivered: delivered.reached, delivered_p50_s: delivered.p50, delivered_p90_s: delivered.p90 },
      ...{ seen: seen.reached, seen_p50_s: seen.p50, seen_p90_s: seen.p90 },
      ...{
        acknowledged: acknowledged.reached,
        acknowledged_p50_s: acknowledged.p50,
        acknowledged_p90_s: acknowledged.p90,
      },
    })),
  );
