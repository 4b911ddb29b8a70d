import type { Knex } from "knex";
import { must } from "../../../config/must.ts";
import { actAs, type Transaction } from "../../db/knex.ts";
import { holderOf, LOCKS } from "../../db/locks.ts";
import { type Checkpoint, checkpointsAfter } from "../checkpoint.ts";
import { currentEpoch } from "../epoch.ts";
import type { LeafRow } from "../leaf.ts";
import { leafColumns, pageOf } from "../rows.ts";
import type { Entry } from "./batch.ts";
import type { Sink } from "./sink.ts";

/** Events and checkpoints that are sent at a time. */
const BATCH = 500;

/** How far a sink has come. */
interface Position {
  epoch: number;
  xid: string;
  event_id: number;
  checkpoint: number;
}

/**
 * Sends what has been recorded since the last time: events in the order of sealing, as soon as their transactions are over, then
 * checkpoints. What was sent is noted after the sink has it, so a crash sends a batch twice and loses none. Does nothing
 * while another node is sending.
 */
export async function ship(knex: Knex, sink: Sink, stopping: AbortSignal): Promise<void> {
  for (let more = true; more && !stopping.aborted;)
    more = await actAs(knex, "sealer", async (trx) => {
      const { rows } = await trx.raw("SELECT pg_try_advisory_xact_lock(?) AS taken", [LOCKS.sink]);
      if (rows[0].taken !== true) return false;
      const position = await positionOf(trx, sink.url);
      const events = await eventsAfter(trx, position);
      if (events.length > 0) await shipEvents(trx, sink, events, position);
      else await shipCheckpoints(trx, sink, position.checkpoint);
      return events.length > 0;
    });
}

async function shipEvents(
  trx: Transaction,
  sink: Sink,
  events: LeafRow[],
  { epoch, xid, event_id: id }: Position,
): Promise<void> {
  const [first, last] = [must(events[0], "event"), must(events.at(-1), "event")];
  const name = `${first.epoch}-${first.xid.padStart(20, "0")}-${String(first.id).padStart(16, "0")}`;
  const entries = events.map((event, index) => eventEntry(event, events[index - 1] ?? { epoch, xid, id }));
  await sink.write({ name, entries });
  await move(trx, sink.url, { epoch: last.epoch, xid: last.xid, event_id: last.id });
}

async function shipCheckpoints(trx: Transaction, sink: Sink, after: number): Promise<void> {
  const checkpoints = await checkpointsAfter(trx, after, BATCH);
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  if (first === undefined || last === undefined) return;
  const name = `checkpoint-${String(first.id).padStart(16, "0")}`;
  await sink.write({ name, entries: checkpoints.map(checkpointEntry) });
  await move(trx, sink.url, { checkpoint: last.id });
}

async function positionOf(trx: Transaction, url: string): Promise<Position> {
  const place = trx("audit_sinks").where({ url });
  // Whoever holds the row would have the sink get a batch over and over: it is had before anything is sent.
  const found: Position | undefined = await place.clone().forUpdate().noWait().first();
  if (found !== undefined) return found;
  await trx("audit_sinks").insert({ url });
  return must(await place.first(), "position of the sink");
}

const move = (trx: Transaction, url: string, to: Partial<Position>): Promise<unknown> =>
  trx("audit_sinks")
    .where({ url })
    .update({ ...to, moved_at: trx.fn.now() });

const PLACE = "(epoch, xid, id) > (?::int, ?::xid8, ?::bigint)";

/** The next events whose transactions are over, and all those before them, up to the bounds of a batch. */
async function eventsAfter(trx: Transaction, { epoch, xid, event_id }: Position): Promise<LeafRow[]> {
  const current = await currentEpoch(trx);
  const next = trx("audit_events")
    .select(leafColumns(trx))
    .whereRaw(PLACE, [epoch, xid, event_id])
    .whereRaw("(epoch < :current OR epoch = :current AND xid < pg_snapshot_xmin(pg_current_snapshot()))", {
      current,
    })
    .orderBy(["epoch", "xid", "id"])
    .limit(BATCH);
  return (await pageOf<LeafRow>(trx, next, "epoch, xid, id")).rows;
}

/** @param after the event that was sent before it: one that says another was kept from the sink */
function eventEntry(
  { payload, leaf, ...row }: LeafRow,
  { epoch, xid, id }: Pick<LeafRow, "epoch" | "xid" | "id">,
): Entry {
  const after = { epoch, xid, id };
  const head = JSON.stringify({ kind: "event", ...row, after, leaf: leaf.toString("hex") });
  // As PostgreSQL writes it, which the leaf binds.
  const line = `${head.slice(0, -1)},"payload":${payload}}`;
  return { kind: "event", at: new Date(Number(row.at) * 1_000), line };
}

function checkpointEntry(checkpoint: Checkpoint): Entry {
  const { createdAt, lo, hi, root, previous, hash, signature, publicKey, ...rest } = checkpoint;
  const hex = Object.entries({ root, previous, hash, signature, public_key: publicKey }).map(
    ([name, bytes]) => [name, bytes.toString("hex")] as const,
  );
  const range = { lo: String(lo), hi: String(hi), created_at: createdAt.toISOString() };
  const line = JSON.stringify({ kind: "checkpoint", ...rest, ...range, ...Object.fromEntries(hex) });
  return { kind: "checkpoint", at: createdAt, line };
}

/** The age of the oldest event that the sink does not have yet (s; 0 where it has all), and who sends now: a process of PostgreSQL, if any does. */
export async function sinkLag(knex: Knex, url: string): Promise<{ seconds: number; heldBy: number | null }> {
  return await actAs(knex, "sealer", async (trx) => {
    const found: Position | undefined = await trx("audit_sinks").where({ url }).first();
    const { epoch, xid, event_id } = found ?? { epoch: 0, xid: "0", event_id: 0 };
    const oldest: { lag: number } | undefined = await trx("audit_events")
      .whereRaw(PLACE, [epoch, xid, event_id])
      .where("epoch", "<=", await currentEpoch(trx))
      .orderBy(["epoch", "xid", "id"])
      .first(trx.raw("extract(epoch FROM clock_timestamp() - at)::float AS lag"));
    return { seconds: Math.max(0, oldest?.lag ?? 0), heldBy: await holderOf(trx, "sink") };
  });
}
