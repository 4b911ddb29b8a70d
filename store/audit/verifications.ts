import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { actAs, type Actor, isPostgresError, type Transaction } from "../db/knex.ts";
import { User } from "../models/User.ts";
import type { Finding } from "./finding.ts";
import { record } from "./record.ts";

/** What a verification came to: the record is as it was sealed, it is not, or that can't be told. */
export type VerificationOutcome = "whole" | "altered" | "unknown";
/** Why it can't be told: no key is trusted, archives are elsewhere, it took too long, or reading failed. */
export type UnknownReason = "no_key" | "no_archives" | "too_long" | "failed";

/** A verification of the record that an auditor asked for. */
export interface AskedVerification {
  id: string;
  asked_by: string;
  asked_at: Date;
  attempt: number;
  beat_at: Date | null;
  checkpoints: number;
  checkpoints_in_all: number | null;
  events: number;
  finished_at: Date | null;
  outcome: VerificationOutcome | null;
  reason: UnknownReason | null;
  findings: Finding[];
  unsealed: number | null;
  anchored_up_to: number | null;
}

/** What a finished one came to. */
export type VerificationResult = Pick<
  AskedVerification,
  "reason" | "findings" | "unsealed" | "anchored_up_to" | "checkpoints" | "events"
> & { outcome: VerificationOutcome };

/** A node that was not heard of for this long has ended; s. */
const SILENT = 60;

/** Asks for a verification, on record; null while one is under way. */
export async function askVerification(knex: Knex, userId: string): Promise<string | null> {
  const actor: Actor = `user:${userId}`;
  const id = uuidv7();
  try {
    await actAs(knex, actor, async (trx) => {
      await trx("audit_verifications").insert({ id, asked_by: userId });
      await record(trx, actor, { action: "audit.verify", outcome: "ok", objectId: id });
    });
    return id;
  } catch (error) {
    if (isPostgresError(error, "23505")) return null;
    throw error;
  }
}

/** The newest verification, and the name of whoever asked for it; null before the first. Row-level security shows it to auditors. */
export async function latestVerification(
  trx: Transaction,
): Promise<(AskedVerification & { name: string }) | null> {
  const found: AskedVerification | undefined = await trx("audit_verifications").orderBy("id", "desc").first();
  if (found === undefined) return null;
  const person = await User.query(trx).findById(found.asked_by).select("name");
  return { ...found, name: person?.name ?? found.asked_by };
}

/** Takes the verification that waits, or that a node left which has ended; null where there is none. */
export async function takeVerification(knex: Knex): Promise<{ id: string; attempt: number } | null> {
  return await actAs(knex, "sealer", async (trx) => {
    const { rows } = await trx.raw<{ rows: { id: string; attempt: number }[] }>(
      `UPDATE audit_verifications SET attempt = attempt + 1, beat_at = clock_timestamp(), checkpoints = 0, events = 0
       WHERE finished_at IS NULL AND (beat_at IS NULL OR beat_at < clock_timestamp() - make_interval(secs => ?))
       RETURNING id, attempt`,
      [SILENT],
    );
    return rows[0] ?? null;
  });
}

type Taken = Pick<AskedVerification, "id" | "attempt">;

/** Says how far it got. @returns false where another node has taken it meanwhile */
export const beatVerification = (
  knex: Knex,
  { id, attempt }: Taken,
  far: Pick<AskedVerification, "checkpoints" | "checkpoints_in_all" | "events">,
): Promise<boolean> =>
  actAs(knex, "sealer", async (trx) => {
    const changed = await trx("audit_verifications")
      .where({ id, attempt, finished_at: null })
      .update({ ...far, beat_at: trx.raw("clock_timestamp()") });
    return changed === 1;
  });

/** Writes down what it came to, on record. */
export async function finishVerification(
  knex: Knex,
  { id, attempt }: Taken,
  { findings, ...result }: VerificationResult,
): Promise<void> {
  await actAs(knex, "sealer", async (trx) => {
    const changed = await trx("audit_verifications")
      .where({ id, attempt, finished_at: null })
      .update({
        ...result,
        findings: JSON.stringify(findings),
        finished_at: trx.raw("clock_timestamp()"),
      });
    if (changed === 0) return;
    await record(trx, "sealer", {
      action: "audit.verified",
      outcome: result.outcome === "whole" ? "ok" : "failed",
      objectId: id,
      payload: {
        outcome: result.outcome,
        reason: result.reason,
        checkpoints: result.checkpoints,
        events: result.events,
        findings: findings.length,
      },
    });
  });
}
