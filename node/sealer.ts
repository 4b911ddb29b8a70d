import type { KeyObject } from "node:crypto";
import type { Knex } from "knex";
import { Counter, Gauge, type Registry } from "prom-client";
import type { AuditConfig } from "../config/audit.ts";
import type { Logger } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { appendAnchor, lastAnchored } from "../store/audit/anchor.ts";
import { findCheckpoint } from "../store/audit/checkpoint.ts";
import { loadAuditKey } from "../store/audit/key.ts";
import { oldestUnsealed, seal } from "../store/audit/seal.ts";

/** How far sealing may fall behind before it is warned of: this many rounds, and at least this long; s. */
const LATE_ROUNDS = 6;
const LATE_SECONDS = 60;

/** The anchor file names a checkpoint that the database no longer has, or has differently. */
export class AnchorMismatchError extends Error {
  readonly checkpoint: number;
  constructor(checkpoint: number) {
    super(`checkpoint ${checkpoint} is not what the anchor file says`);
    this.checkpoint = checkpoint;
  }
}

export interface SealerDeps {
  knex: Knex;
  config: AuditConfig;
  log: Logger;
  registry: Registry;
}

/**
 * Seals the audit record every few seconds and anchors the newest checkpoint. Any number of nodes may run it: one seals at
 * a time, each keeps an anchor file of its own.
 */
export async function startSealer(deps: SealerDeps): Promise<{ stop(): Promise<void> }> {
  const { config, log, registry } = deps;
  const key = await loadAuditKey(config, log);
  const registers = [registry];
  const lag = new Gauge({
    name: "tocsin_audit_seal_lag_seconds",
    help: "Age of the oldest audit event that no checkpoint holds yet",
    registers,
  });
  const failures = new Counter({
    name: "tocsin_audit_seal_failures_total",
    help: "Rounds in which the audit record could not be sealed or anchored",
    registers,
  });
  const late = Math.max(LATE_SECONDS, LATE_ROUNDS * config.every);
  let stopped = false;
  let running = Promise.resolve();

  const round = async (): Promise<void> => {
    const seconds = await sealRound(deps, key);
    lag.set(seconds);
    if (seconds > late) {
      log.warn(
        { lagSeconds: Math.round(seconds) },
        "the audit record is sealed late: look for a transaction that stays open, in any database of this PostgreSQL " +
          "(pg_stat_activity, pg_prepared_xacts)",
      );
    }
  };
  const failed = (err: unknown): void => {
    failures.inc();
    if (err instanceof AnchorMismatchError) {
      log.error(
        { checkpoint: err.checkpoint },
        "the audit record is not what the anchor file says it was; run npm run audit:verify",
      );
    } else log.warn({ err }, "the audit record could not be sealed or anchored");
  };
  const tick = (): void => {
    running = round().catch(failed);
    void running.then(() => {
      if (!stopped) timer = setTimeout(tick, config.every * 1_000 * (0.75 + Math.random() / 2));
    });
  };
  let timer = setTimeout(tick, config.every * 1_000 * Math.random());

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Seals, anchors, and answers the age of the oldest unsealed event; s. @throws AnchorMismatchError */
export async function sealRound(
  { knex, config, log }: Omit<SealerDeps, "registry">,
  key: KeyObject,
): Promise<number> {
  const sealed = await seal(knex, key);
  for (const { id, count, hash } of sealed)
    log.info({ checkpoint: id, events: count, hash: hash.toString("hex") }, "sealed the audit record");
  await anchorNewest(knex, config.anchor, log, sealed.length);
  const oldest = await actAs(knex, "sealer", async (trx) => oldestUnsealed(trx, await findCheckpoint(trx)));
  return oldest === null ? 0 : Math.max(0, (Date.now() - oldest.getTime()) / 1_000);
}

/** One line pins all checkpoints before it. Nothing is written over a chain that contradicts the file. */
async function anchorNewest(knex: Knex, path: string, log: Logger, fresh: number): Promise<void> {
  const last = await lastAnchored(path);
  const [newest, known] = await actAs(knex, "sealer", async (trx) => [
    await findCheckpoint(trx),
    last === null ? null : await findCheckpoint(trx, last.checkpoint),
  ]);
  if (last !== null && known?.hash.toString("hex") !== last.hash)
    throw new AnchorMismatchError(last.checkpoint);
  if (newest === null || newest.id <= (last?.checkpoint ?? 0)) return;
  if (last === null && newest.id > fresh)
    log.warn(
      { file: path, checkpoint: newest.id },
      "began a new anchor file for an audit record that is older",
    );
  await appendAnchor(path, newest);
}
