import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import { type Anchored, anchored } from "./anchor.ts";
import type { Finding } from "./finding.ts";

const BATCH = 1_000;

export interface AnchorReport {
  findings: Finding[];
  /** The newest checkpoint that the file names. */
  upTo: number;
  /** Lines that can't be read; a crash while writing leaves one. */
  unreadable: number;
}

/** Compares every line of the anchor file with the checkpoints in the database. Only this shows that the end was cut off. */
export async function verifyAnchor(knex: Knex, path: string): Promise<AnchorReport> {
  const report: AnchorReport = { findings: [], upTo: 0, unreadable: 0 };
  let batch: Anchored[] = [];
  let first: Finding | null = null;
  const flush = async (): Promise<void> => {
    first ??= await firstMismatch(knex, batch);
    batch = [];
  };
  for await (const line of linesOf(path)) {
    if (line === null) report.unreadable += 1;
    else if (batch.push(line) === BATCH) await flush();
    report.upTo = Math.max(report.upTo, line?.checkpoint ?? 0);
  }
  await flush();
  if (first !== null) report.findings.push(first);
  if (report.upTo === 0 && (await hasCheckpoints(knex))) {
    const what = `the anchor file ${path} is missing or empty: nothing shows that the end of the record is there`;
    report.findings.push({ checkpoint: null, what });
  }
  return report;
}

async function* linesOf(path: string): AsyncGenerator<Anchored | null> {
  try {
    yield* anchored(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

async function firstMismatch(knex: Knex, batch: Anchored[]): Promise<Finding | null> {
  const numbers = batch.map(({ checkpoint }) => checkpoint);
  const rows: { id: number; hash: Buffer }[] = await actAs(knex, "sealer", (trx) =>
    trx("audit_checkpoints").whereIn("id", numbers).select("id", "hash"),
  );
  const hashes = new Map(rows.map(({ id, hash }) => [id, hash.toString("hex")]));
  const wrong = batch.find(({ checkpoint, hash }) => hashes.get(checkpoint) !== hash);
  if (wrong === undefined) return null;
  const { checkpoint, at } = wrong;
  const state = hashes.has(checkpoint)
    ? "is not the one that the anchor file has"
    : "is gone, but the anchor file has it";
  return { checkpoint, what: `${state}, sealed at ${at}` };
}

const hasCheckpoints = (knex: Knex): Promise<boolean> =>
  actAs(knex, "sealer", async (trx) => (await trx("audit_checkpoints").first("id")) !== undefined);
