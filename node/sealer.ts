import type { Knex } from "knex";
import { Counter, Gauge, type Registry } from "prom-client";
import type { AuditConfig } from "../config/audit.ts";
import type { Logger } from "../config/log.ts";
import { loadAuditKey } from "../store/audit/key.ts";
import { AnchorMismatchError, ForeignCheckpointError, sealLag, sealRound } from "../store/audit/sealing.ts";
import { every, type Loop } from "./every.ts";
import { createLag } from "./lag.ts";

/** How far sealing may fall behind before the node warns: this many rounds, and at least this long; s. */
const LATE_ROUNDS = 6;
const LATE_SECONDS = 60;

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
export async function startSealer(deps: SealerDeps): Promise<Loop> {
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

  const behind = createLag(() => sealLag(deps.knex));
  const note = async (): Promise<void> => {
    const { seconds, heldBy } = await behind();
    lag.set(seconds);
    if (seconds > late)
      log.warn(
        { lagSeconds: Math.round(seconds), heldBy },
        "the audit record is sealed late: look for a transaction that stays open, in any database of this PostgreSQL " +
          "(pg_stat_activity, pg_prepared_xacts), and at the process heldBy, which says that it seals",
      );
  };
  const round = async (): Promise<void> => {
    await sealRound(deps, key).finally(note);
  };
  const failed = (err: unknown): void => {
    failures.inc();
    if (err instanceof AnchorMismatchError) {
      log.error(
        { checkpoint: err.checkpoint },
        "the audit record is not what the anchor file says it was; run npm run audit:verify",
      );
    } else if (err instanceof ForeignCheckpointError)
      log.error(
        { checkpoint: err.checkpoint },
        "a checkpoint was not signed with this node's audit key; unless the key was changed just now, run npm run audit:verify",
      );
    else log.warn({ err }, "the audit record could not be sealed or anchored");
  };
  return every(config.every * 1_000, round, failed);
}
