import type { KeyObject } from "node:crypto";
import type { Knex } from "knex";
import { LOCKS } from "../db/locks.ts";
import { actAs, type Transaction } from "../db/knex.ts";
import {
  type Checkpoint,
  findCheckpoint,
  insertCheckpoint,
  isOf,
  NO_CHECKPOINT,
  signCheckpoint,
} from "./checkpoint.ts";
import { currentEpoch } from "./epoch.ts";
import { MerkleRoot } from "./merkle.ts";
import { leaves } from "./rows.ts";

/** A checkpoint ends at the first transaction after this many events, so that a bad one is named closely. */
const MAX_EVENTS = 10_000;
/** A quiet record is sealed this long after its last checkpoint (ms), so that nobody can fill the quiet later. */
const QUIET_FOR = 60 * 60 * 1_000;

/** PostgreSQL numbers new transactions lower than those that are sealed already, so the two can't be told apart. */
export class CounterWentBackError extends Error {}

export interface SealOptions {
  maxEvents?: number;
  quietFor?: number;
  now?: () => Date;
  /** Told where the newest checkpoint was not signed with the key; sealing goes on behind it. */
  onForeign?: (checkpoint: number) => void;
}

/**
 * Seals what is not sealed yet and final, in as many checkpoints as it takes; answers them. A transaction still open anywhere in
 * the PostgreSQL cluster holds back all that began after it. Does nothing while another node is sealing.
 * @throws CounterWentBackError after a restore that did not begin a new epoch
 */
export async function seal(knex: Knex, key: KeyObject, options: SealOptions = {}): Promise<Checkpoint[]> {
  const sealed: Checkpoint[] = [];
  for (;;) {
    const checkpoint = await actAs(knex, "sealer", (trx) => sealNext(trx, key, options));
    if (checkpoint === null) return sealed;
    sealed.push(checkpoint);
  }
}

async function sealNext(trx: Transaction, key: KeyObject, options: SealOptions): Promise<Checkpoint | null> {
  const { maxEvents = MAX_EVENTS, quietFor = QUIET_FOR, now = () => new Date() } = options;
  const { rows } = await trx.raw("SELECT pg_try_advisory_xact_lock(?) AS taken", [LOCKS.seal]);
  if (rows[0].taken !== true) return null;

  const last = await findCheckpoint(trx);
  if (last !== null && !isOf(last, key)) options.onForeign?.(last.id);
  const due = last === null || now().getTime() - last.createdAt.getTime() >= quietFor;
  const current = await currentEpoch(trx);
  const xmin = await oldestOpen(trx);
  if (xmin < (last?.epoch === current ? last.hi : 0n) || (last?.epoch ?? 0) > current)
    throw new CounterWentBackError(`epoch ${current}, transaction ${xmin} is before the last checkpoint`);
  for (let epoch = last?.epoch ?? 1; epoch <= current; epoch += 1) {
    const lo = epoch === last?.epoch ? last.hi : 0n;
    // An epoch that is over gets no new events, so all of its events are final.
    const end = epoch === current ? xmin : await endOf(trx, epoch);
    if (end <= lo) continue;
    const { tree, hi } = await fold(trx, epoch, lo, end, maxEvents);
    if (tree.count === 0 && !(due && epoch === current)) continue;
    const checkpoint = signCheckpoint(
      {
        id: (last?.id ?? 0) + 1,
        epoch,
        lo,
        hi,
        count: tree.count,
        root: tree.root(),
        previous: last?.hash ?? NO_CHECKPOINT,
        createdAt: now(),
      },
      key,
    );
    await insertCheckpoint(trx, checkpoint);
    return checkpoint;
  }
  return null;
}

async function fold(trx: Transaction, epoch: number, lo: bigint, end: bigint, maxEvents: number) {
  const tree = new MerkleRoot();
  let before = "";
  for await (const { xid, leaf } of leaves(trx, epoch, lo, end)) {
    if (tree.count >= maxEvents && xid !== before) return { tree, hi: BigInt(xid) };
    tree.add(leaf);
    before = xid;
  }
  return { tree, hi: end };
}

/** The oldest transaction that is still open, anywhere in the cluster. Every transaction before it is over. */
async function oldestOpen(trx: Transaction): Promise<bigint> {
  const { rows } = await trx.raw("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin");
  return BigInt(rows[0].xmin);
}

async function endOf(trx: Transaction, epoch: number): Promise<bigint> {
  const newest = await trx("audit_events").where({ epoch }).orderBy("xid", "desc").first("xid");
  return newest === undefined ? 0n : BigInt(newest.xid) + 1n;
}

/** When the oldest event that no checkpoint holds yet was recorded; null when all are sealed. */
export async function oldestUnsealed(trx: Transaction, last: Checkpoint | null): Promise<Date | null> {
  const oldest = trx("audit_events").orderBy(["epoch", "xid", "id"]);
  if (last !== null) void oldest.whereRaw("(epoch, xid) >= (?::int, ?::xid8)", [last.epoch, String(last.hi)]);
  const row: { at: Date } | undefined = await oldest.first("at");
  return row?.at ?? null;
}
