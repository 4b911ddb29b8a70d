import { access } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import type { AuditConfig } from "../config/audit.ts";
import type { Logger } from "../config/log.ts";
import { knownArchives } from "../store/archive/manifest.ts";
import { findCheckpoint } from "../store/audit/checkpoint.ts";
import { trustedAuditKeys } from "../store/audit/key.ts";
import {
  beatVerification,
  finishVerification,
  takeVerification,
  type UnknownReason,
  type VerificationResult,
} from "../store/audit/verifications.ts";
import { verifyRecord } from "../store/audit/verify.ts";
import { actAs } from "../store/db/knex.ts";
import { every, type Loop } from "./every.ts";

/** How often a node looks for a verification that another one left; ms. One that is asked for at this node begins at once. */
const LOOK_EVERY = 15_000;
/** How often it says how far it got; ms. */
const BEAT_EVERY = 1_000;
/** It takes half of the time at most, so that a record of years holds up no notification: it rests as long as it worked, up to this; ms. */
const LONGEST_REST = 1_000;
/** A verification that goes on for longer is given up; `npm run audit:verify` has no such bound. ms */
const LONGEST = 6 * 60 * 60_000;

export interface VerifierDeps {
  knex: Knex;
  config: AuditConfig;
  log: Logger;
}

/** The verification is not this node's any more: it stops, or another node has it. */
class LeftError extends Error {}
class TooLongError extends Error {}

/** Verifies the audit record when an auditor asks for it: one at a time in the installation, in the background. */
export function startVerifier(deps: VerifierDeps): Loop {
  return every(
    LOOK_EVERY,
    (stopping) => round(deps, stopping),
    (err) => deps.log.warn({ err }, "the audit record could not be verified"),
  );
}

async function round(deps: VerifierDeps, stopping: AbortSignal): Promise<void> {
  const taken = await takeVerification(deps.knex);
  if (taken === null) return;
  try {
    const result = await verify(deps, taken, stopping);
    await finishVerification(deps.knex, taken, result);
  } catch (error) {
    if (error instanceof LeftError) return;
    const tooLong = error instanceof TooLongError;
    await finishVerification(deps.knex, taken, unknown(tooLong ? "too_long" : "failed"));
    if (!tooLong) throw error;
  }
}

async function verify(
  { knex, config }: VerifierDeps,
  taken: { id: string; attempt: number },
  stopping: AbortSignal,
): Promise<VerificationResult> {
  const trusted = await trustedAuditKeys(config);
  if (trusted.length === 0) return unknown("no_key");
  const [last, known] = await actAs(knex, "sealer", async (trx) => [
    await findCheckpoint(trx),
    await knownArchives(trx),
  ]);
  if (known.length > 0 && config.archives === null) return unknown("no_archives");
  const anchor = (await isThere(config.anchor)) ? config.anchor : null;
  const inAll = last?.id ?? 0;
  const end = performance.now() + LONGEST;
  let worked = performance.now();
  let said = 0;
  let far = 0;
  const report = await verifyRecord(knex, {
    trusted,
    anchor,
    archives: config.archives,
    onProgress: async (checkpoint, events) => {
      if (stopping.aborted) throw new LeftError();
      if (performance.now() > end) throw new TooLongError();
      far = checkpoint;
      if (performance.now() - said > BEAT_EVERY) {
        said = performance.now();
        const progress = { checkpoints: far, checkpoints_in_all: inAll, events };
        if (!(await beatVerification(knex, taken, progress))) throw new LeftError();
      }
      await delay(Math.min(performance.now() - worked, LONGEST_REST));
      worked = performance.now();
    },
  });
  return {
    outcome: report.findings.length === 0 ? "whole" : "altered",
    reason: null,
    findings: report.findings,
    unsealed: report.unsealed,
    anchored_up_to: report.anchoredUpTo,
    checkpoints: report.checkpoints,
    events: report.sealed,
  };
}

const unknown = (reason: UnknownReason): VerificationResult => ({
  outcome: "unknown",
  reason,
  findings: [],
  unsealed: null,
  anchored_up_to: null,
  checkpoints: 0,
  events: 0,
});

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
