import type { Transaction } from "./knex.ts";

/**
 * Numbers of PostgreSQL's advisory locks, one space for the whole installation: two parts that took the same number would
 * wait for each other.
 */
export const LOCKS = {
  /** Migrating and granting: nodes that start together take turns. */
  prepare: 7_011_001,
  /** Seeding the demo. */
  seed: 7_011_002,
  /** Sealing the audit record: one sealer at a time, over all nodes. */
  seal: 7_011_003,
  /** Changes of who is who: one admin after the other, so that none acts on a role that was just taken. */
  administer: 7_011_004,
  /** Sending the audit record off the machine: one node at a time. */
  sink: 7_011_005,
  /** Archiving partitions: one command at a time. */
  archive: 7_011_007,
} as const;

/** The process of PostgreSQL that holds one of these locks (`pg_stat_activity.pid`); null where none does. */
export async function holderOf(trx: Transaction, lock: keyof typeof LOCKS): Promise<number | null> {
  const { rows } = await trx.raw(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ? AND objsubid = 1
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [LOCKS[lock]],
  );
  return rows[0]?.pid ?? null;
}

/** Spaces of locks that are taken by the hash of a text (`hashtextextended(text, space)`). */
export const LOCK_SPACES = {
  /** A contact point that is being added. */
  contact: 0,
  /** A provider's report on one delivery. */
  report: 1,
  /** A notification and its copies, by the root's id. */
  family: 2,
  /** A person's ways to sign in, and the sessions that they open. */
  account: 3,
  /** A schedule whose turns change hands. */
  schedule: 4,
  /** What a service names by a dedup key in a territory. */
  problem: 5,
  /** A person's availability. */
  availability: 6,
  /** What comes to a person of one category in a territory, as it is grouped. */
  digest: 7,
  /** A person's devices; taken by a trigger of theirs. */
  devices: 8,
  /** People's wishes, by which something is held: many people share a lock. */
  wishes: 9,
} as const;
