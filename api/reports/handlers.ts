import type { Knex } from "knex";
import type { Context } from "koa";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { attachment, toCsv, wantsCsv } from "../http/csv.ts";
import { invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { createAcknowledgementReport } from "./acknowledgement.ts";
import { createLoadReport } from "./load.ts";
import { createVolumeReport } from "./volume.ts";
import type { reports } from "./routes.ts";
import { type AcknowledgementRow, type LoadRow, MOST_DAYS, type Range, type VolumeRow } from "./schema.ts";

const DAY = 86_400_000;

/** Answers the calls under /api/reports. */
export function reportHandlers({ knex }: { knex: Knex }): Handlers<typeof reports> {
  const acknowledgement = createAcknowledgementReport(knex);
  const load = createLoadReport(knex);
  const volume = createVolumeReport(knex);
  // They read much: nobody holds many connections with them.
  const alone = createOneByOne(1);

  async function answer<Q extends Range, R>(
    { caller, query, ctx }: { caller: SignedInPerson; query: Q; ctx: Context },
    report: (caller: SignedInPerson, query: Q) => Promise<R[]>,
    file: { name: string; csvOf: (rows: R[]) => string },
  ) {
    checkRange(query);
    const rows = await alone(caller.userId, () => report(caller, query));
    if (wantsCsv(ctx))
      return { status: 200 as const, headers: attachment(file.name, null), text: file.csvOf(rows) };
    const { from, to } = query;
    return { status: 200 as const, body: { from: from.toISOString(), to: to.toISOString(), rows } };
  }

  return {
    acknowledgement: (call) => answer(call, acknowledgement, { name: "acknowledgement.csv", csvOf }),
    load: (call) => answer(call, load, { name: "load.csv", csvOf: loadCsv }),
    volume: (call) => answer(call, volume, { name: "volume.csv", csvOf: volumeCsv }),
  };
}

/** @throws Problem 422 */
function checkRange({ from, to }: Range): void {
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

const LOAD_COLUMNS = [
  "group",
  "people",
  "arrived",
  "critical",
  "acknowledged",
  "dismissed_unread",
  "escalated",
] as const;

const loadCsv = (rows: LoadRow[]): string => toCsv(LOAD_COLUMNS, rows);

const volumeCsv = (rows: VolumeRow[]): string => toCsv(["channel", "outcome", "deliveries"], rows);
