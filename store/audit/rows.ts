import type { Knex } from "knex";
import { actAs, type Transaction } from "../db/knex.ts";
import { type Checkpoint, checkpointsAfter } from "./checkpoint.ts";
import type { LeafRow } from "./leaf.ts";

const PAGE = 5_000;
/** A page begins no other event once its payloads have so many bytes. */
const PAGE_BYTES = 4_194_304;

/**
 * The first of some events, as far as a page's bytes go, and whether these are all.
 * @param events has the column `payload`
 * @param order of these events, as SQL
 */
export async function pageOf<T>(
  trx: Transaction,
  events: Knex.QueryBuilder,
  order: string,
): Promise<{ rows: T[]; whole: boolean }> {
  const { rows }: { rows: (T & { bytes: string; found: number })[] } = await trx.raw(
    `SELECT * FROM (SELECT *, count(*) OVER () AS found, sum(octet_length(payload::text)) OVER (ORDER BY ${order}) AS bytes FROM (?) AS events) AS sized
     WHERE bytes - octet_length(payload::text) < ? ORDER BY ${order}`,
    [events, PAGE_BYTES],
  );
  const whole = rows.length === (rows[0]?.found ?? 0);
  return { rows: rows.map(({ bytes: _bytes, found: _found, ...row }) => row as T), whole };
}

/** The columns of an event that make a `LeafRow`. */
export const leafColumns = (trx: Transaction): (string | Knex.Raw)[] => [
  "id",
  "epoch",
  "xid",
  trx.raw("extract(epoch FROM at)::text AS at"),
  "territory_id",
  "actor",
  "action",
  "outcome",
  "object_id",
  trx.raw("payload::text AS payload"),
  "leaf",
];

/** A leaf and its place in the order of sealing. */
export interface Leaf {
  id: number;
  xid: string;
  leaf: Buffer;
}

/** The leaves of one epoch's transactions in [lo, hi), in the order of sealing; a page at a time. */
export async function* leaves(trx: Transaction, epoch: number, lo: bigint, hi: bigint): AsyncGenerator<Leaf> {
  let place: Leaf | undefined;
  do {
    const rows = trx("audit_events")
      .select("id", "xid", "leaf")
      .where({ epoch })
      .whereRaw("xid < ?::xid8", [String(hi)])
      .orderBy(["xid", "id"])
      .limit(PAGE);
    if (place === undefined) void rows.whereRaw("xid >= ?::xid8", [String(lo)]);
    else void rows.whereRaw("(xid, id) > (?::xid8, ?::bigint)", [place.xid, place.id]);
    const page: Leaf[] = await rows;
    yield* page;
    place = page.length < PAGE ? undefined : page.at(-1);
  } while (place !== undefined);
}

/** Which events to read. */
interface Range {
  /** One partition; the owner of the tables alone may read it. */
  table?: string;
  /** A partition that is left out. */
  except?: string;
  /** From this transaction on. */
  from?: { epoch: number; xid: string };
  /** Up to, but not including, this one. */
  before?: { epoch: number; xid: string };
}

/** Events with all that their leaves bind, in the order of sealing. Each page is a transaction of its own. */
export async function* eventsIn(
  knex: Knex,
  { table = "audit_events", except, from, before }: Range = {},
): AsyncGenerator<LeafRow> {
  let place: LeafRow | undefined;
  for (;;) {
    const { rows: page, whole } = await actAs(knex, "sealer", (trx) => {
      const rows = trx(table).select(leafColumns(trx)).orderBy(["epoch", "xid", "id"]).limit(PAGE);
      if (place !== undefined)
        void rows.whereRaw("(epoch, xid, id) > (?::int, ?::xid8, ?::bigint)", [
          place.epoch,
          place.xid,
          place.id,
        ]);
      else if (from !== undefined)
        void rows.whereRaw("(epoch, xid) >= (?::int, ?::xid8)", [from.epoch, from.xid]);
      if (before !== undefined)
        void rows.whereRaw("(epoch, xid) < (?::int, ?::xid8)", [before.epoch, before.xid]);
      if (except !== undefined) void rows.whereRaw("tableoid <> ?::regclass", [`public.${except}`]);
      return pageOf<LeafRow>(trx, rows, "epoch, xid, id");
    });
    yield* page;
    if (whole && page.length < PAGE) return;
    place = page.at(-1);
  }
}

/** Every checkpoint up to number `last`, in order. */
export async function* allCheckpoints(knex: Knex, last: number): AsyncGenerator<Checkpoint> {
  for (let after = 0; after < last;) {
    const page = await actAs(knex, "sealer", (trx) => checkpointsAfter(trx, after, PAGE));
    for (const checkpoint of page) if (checkpoint.id <= last) yield checkpoint;
    after = page.at(-1)?.id ?? last;
  }
}
