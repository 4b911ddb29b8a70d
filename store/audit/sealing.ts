import type { KeyObject } from "node:crypto";
import type { Knex } from "knex";
import type { AuditConfig } from "../../config/audit.ts";
import type { Logger } from "../../config/log.ts";
import { actAs } from "../db/knex.ts";
import { holderOf } from "../db/locks.ts";
import { appendAnchor, lastAnchored } from "./anchor.ts";
import { findCheckpoint, isOf } from "./checkpoint.ts";
import { oldestUnsealed, seal } from "./seal.ts";

/** The anchor file names a checkpoint that the database no longer has, or has differently. */
export class AnchorMismatchError extends Error {
  readonly checkpoint: number;
  constructor(checkpoint: number) {
    super(`checkpoint ${checkpoint} is not what the anchor file says`);
    this.checkpoint = checkpoint;
  }
}

/** The newest checkpoint was signed with another key than this node's. */
export class ForeignCheckpointError extends Error {
  readonly checkpoint: number;
  constructor(checkpoint: number) {
    super(`checkpoint ${checkpoint} was not signed with this node's audit key`);
    this.checkpoint = checkpoint;
  }
}

/** Seals and anchors. @throws AnchorMismatchError, ForeignCheckpointError once the rest is done */
export async function sealRound(
  { knex, config, log }: { knex: Knex; config: Pick<AuditConfig, "anchor">; log: Logger },
  key: KeyObject,
): Promise<void> {
  const foreign: number[] = [];
  const sealed = await seal(knex, key, { onForeign: (checkpoint) => void foreign.push(checkpoint) });
  for (const { id, count, hash } of sealed)
    log.info({ checkpoint: id, events: count, hash: hash.toString("hex") }, "sealed the audit record");
  await anchorNewest(knex, config.anchor, log, sealed.length, key);
  const [checkpoint] = foreign;
  if (checkpoint !== undefined) throw new ForeignCheckpointError(checkpoint);
}

/** The age of the oldest event that no checkpoint holds (s), and who seals now: a process of PostgreSQL, if any does. */
export async function sealLag(knex: Knex): Promise<{ seconds: number; heldBy: number | null }> {
  return await actAs(knex, "sealer", async (trx) => {
    const oldest = await oldestUnsealed(trx, await findCheckpoint(trx));
    const seconds = oldest === null ? 0 : Math.max(0, (Date.now() - oldest.getTime()) / 1_000);
    return { seconds, heldBy: await holderOf(trx, "seal") };
  });
}

/** One line pins all checkpoints before it. Nothing is written over a chain that contradicts the file. */
async function anchorNewest(
  knex: Knex,
  path: string,
  log: Logger,
  fresh: number,
  key: KeyObject,
): Promise<void> {
  const last = await lastAnchored(path);
  const [newest, known] = await actAs(knex, "sealer", async (trx) => [
    await findCheckpoint(trx),
    last === null ? null : await findCheckpoint(trx, last.checkpoint),
  ]);
  if (last !== null && known?.hash.toString("hex") !== last.hash)
    throw new AnchorMismatchError(last.checkpoint);
  if (newest === null || newest.id <= (last?.checkpoint ?? 0) || !isOf(newest, key)) return;
  if (last === null && newest.id > fresh)
    log.warn(
      { file: path, checkpoint: newest.id },
      "began a new anchor file for an audit record that is older",
    );
  await appendAnchor(path, newest);
}
