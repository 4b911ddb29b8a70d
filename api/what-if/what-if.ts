import { setImmediate } from "node:timers/promises";
import { switchActor, type Transaction } from "../../store/db/knex.ts";
import { pastDecisions } from "../../store/transitions/past-decisions.ts";
import { type Pair, type Totals, totalsOf } from "./compare.ts";
import { differs, type Reason, unclear } from "./recorded.ts";
import type { Trial } from "./schema.ts";
import { simulate } from "./simulate.ts";
import { readWorlds } from "./world.ts";

export interface Question {
  territoryId: string;
  from: Date;
  to: Date;
  trial: Trial;
  /** The channels that are on, in order. */
  available: string[];
  /** By when somebody has to be told of what is critical; s. */
  withinSeconds: number;
  /** Notifications that are looked at, the latest first. */
  most: number;
  /** What was looked at by then is the answer; ms. */
  patienceMs?: number;
}

export interface Answer {
  pairs: Pair[];
  totals: Totals;
  /** There are more than were looked at. */
  cut: boolean;
}

/** Notifications whose record is read, and whose decisions are made, at a time. */
const PAGE = 200;
/** For how long a caller waits for an answer; ms. */
const PATIENCE = 15_000;

/**
 * Makes the decisions of a territory's past notifications again, by today's settings and by what is tried, and holds one against the other. Reads alone.
 * @param trx acts as somebody who sees the territory's notifications, and as one of their workers afterwards
 * @param onDone is told how many are done
 */
export async function askWhatIf(
  trx: Transaction,
  { territoryId, from, to, trial, available, withinSeconds, most, patienceMs = PATIENCE }: Question,
  onDone: (done: number, total: number) => void = () => undefined,
): Promise<Answer> {
  const since = performance.now();
  const now = new Date();
  const rows = await rootsOf(trx, { territoryId, from, to, limit: most + 1 });
  const leftOut: Totals["left_out"] = {};
  const leave = (reason: Reason, count = 1): void => {
    if (count > 0) leftOut[reason] = (leftOut[reason] ?? 0) + count;
  };
  leave("broadcast", await countBroadcasts(trx, { territoryId, from, to }));
  const roots = rows.slice(0, most);
  const single = roots.filter(({ grouped }) => !grouped).map(({ id }) => id);
  leave("grouped", roots.length - single.length);
  const pairs: Pair[] = [];
  let cut = rows.length > most;
  const [root] = single;
  if (root !== undefined) {
    await switchActor(trx, `worker:${root}`);
    const place = { root, territoryId, available, from, to: now };
    const { today, tried } = await readWorlds(trx, place, trial);
    for (let at = 0; at < single.length; at += PAGE) {
      onDone(at, single.length);
      if (performance.now() - since > patienceMs) {
        cut = true;
        break;
      }
      const page = await pastDecisions(trx, single.slice(at, at + PAGE));
      await switchActor(trx, `worker:${root}`);
      for (const past of page) {
        const before = await simulate(past, today, now);
        const reason = unclear(past) ?? differs(past, before);
        if (reason === null) pairs.push({ past, before, after: await simulate(past, tried, now) });
        else leave(reason);
      }
      // Others of the node have their turn.
      await setImmediate();
    }
    onDone(single.length, single.length);
  }
  return { pairs, totals: totalsOf(pairs, leftOut, withinSeconds * 1_000), cut };
}

interface Span {
  territoryId: string;
  from: Date;
  to: Date;
}

/** The notifications to one person that are no copies, the latest first. */
const rootsOf = (
  trx: Transaction,
  { territoryId, from, to, limit }: Span & { limit: number },
): Promise<{ id: string; grouped: boolean }[]> =>
  trx("notifications")
    .where({ territory_id: territoryId })
    .where("created_at", ">=", from)
    .where("created_at", "<", to)
    .whereNull("escalated_from")
    .whereNotNull("user_id")
    .whereRaw("id = send_id")
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .select("id", trx.raw("(digest IS NOT NULL OR items IS NOT NULL) AS grouped"));

async function countBroadcasts(trx: Transaction, { territoryId, from, to }: Span): Promise<number> {
  const row: { count?: number | string } | undefined = await trx("notifications")
    .where({ territory_id: territoryId })
    .where("created_at", ">=", from)
    .where("created_at", "<", to)
    .whereNull("escalated_from")
    .whereRaw("id <> send_id")
    .countDistinct({ count: "send_id" })
    .first();
  return Number(row?.count ?? 0);
}
