import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import { type Checkpoint, findCheckpoint, isGenuine, NO_CHECKPOINT } from "./checkpoint.ts";
import { currentEpoch } from "./epoch.ts";
import type { Finding } from "./finding.ts";
import { differenceOf, faultOfLeaf, fold, isBefore, Peekable } from "./fold.ts";
import type { LeafRow } from "./leaf.ts";
import { allCheckpoints } from "./rows.ts";
import { suspects } from "./suspects.ts";
import { findAltered } from "./installed.ts";
import { verifyAnchor } from "./verify-anchor.ts";
import { openArchives } from "./verify-archives.ts";

export interface Verification {
  /** The newest checkpoint when verification began. */
  last: Checkpoint | null;
  checkpoints: number;
  /** Events that the checkpoints hold. */
  sealed: number;
  /** Events after the newest checkpoint: nothing can be said about them yet. */
  unsealed: number;
  /** How far the anchor file reaches; null when it was left out. */
  anchoredUpTo: number | null;
  /** Lines of the anchor file that can't be read; a crash while writing leaves one. */
  unreadableLines: number;
  /** The first ones, in the order found. */
  findings: Finding[];
}

export interface VerifyOptions {
  /** Public keys whose signatures count; raw. */
  trusted: Buffer[];
  /** The anchor file's path; null leaves it out, and with it the only proof that the end is not cut off. */
  anchor: string | null;
  /** The folder that holds the archives of partitions; null where none was named. */
  archives?: string | null;
  /** Told after each checkpoint, and waited for; what it throws ends the verification. */
  onProgress?: (checkpoint: number, events: number) => void | Promise<void>;
}

const MAX_FINDINGS = 100;
/** Of one kind, so that many of one hide none of another. */
const MAX_ALIKE = 20;

/**
 * Recomputes the whole record from the events' content: every leaf, Merkle root, link of the chain and signature, and compares
 * it with the anchor file. Archives are read in place of the rows that went into them. Reads in pages, so that memory stays bounded and no transaction stays open.
 */
export async function verifyRecord(knex: Knex, options: VerifyOptions): Promise<Verification> {
  const findings: Finding[] = await findAltered(knex);
  const anchor = options.anchor === null ? null : await verifyAnchor(knex, options.anchor);
  findings.push(...(anchor?.findings ?? []));
  const [last, epoch] = await actAs(knex, "sealer", async (trx) => [
    await findCheckpoint(trx),
    await currentEpoch(trx),
  ]);

  const archives = await openArchives(knex, options.archives ?? null);
  const events = new Peekable(archives.events);
  const alike = new Map<string, number>();
  let before: Checkpoint | null = null;
  let checkpoints = 0;
  let sealed = 0;
  for await (const checkpoint of allCheckpoints(knex, last?.id ?? 0)) {
    const bad = (what: string): void => {
      const kind = what.replaceAll(/\d+|\S{20,}/g, "");
      alike.set(kind, (alike.get(kind) ?? 0) + 1);
      if (findings.length < MAX_FINDINGS && (alike.get(kind) ?? 0) <= MAX_ALIKE)
        findings.push({ checkpoint: checkpoint.id, what });
    };
    for (const what of await strays(events, (row) =>
      isBefore(row, { epoch: checkpoint.epoch, xid: checkpoint.lo }),
    ))
      bad(what);
    for (const what of faultsOfChain(checkpoint, before, options.trusted)) bad(what);
    const { tree, forged } = await fold(events, checkpoint);
    if (forged.length > 0) bad(`${list(forged)} altered: the leaf is not that of the content`);
    const difference = differenceOf(tree, checkpoint);
    if (difference !== null && !archives.lacks(checkpoint))
      bad(
        difference +
          (await suspects(knex, checkpoint, tree.count).catch(() => " (which ones can't be told)")),
      );
    before = checkpoint;
    checkpoints += 1;
    sealed += tree.count;
    await options.onProgress?.(checkpoint.id, sealed);
  }

  let unsealed = 0;
  for (let row = await events.next(); row !== undefined; row = await events.next()) {
    unsealed += 1;
    const wrong = row.epoch > epoch ? "lies in an epoch that has not begun" : faultOfLeaf(row);
    if (wrong !== null && findings.length < MAX_FINDINGS)
      findings.push({ checkpoint: null, what: `event ${row.id} ${wrong}` });
  }
  findings.push(...archives.findings());
  const { upTo = null, unreadable = 0 } = anchor ?? {};
  return { last, checkpoints, sealed, unsealed, anchoredUpTo: upTo, unreadableLines: unreadable, findings };
}

function faultsOfChain(checkpoint: Checkpoint, before: Checkpoint | null, trusted: Buffer[]): string[] {
  const { id, epoch, lo, previous, publicKey } = checkpoint;
  const expected = (before?.id ?? 0) + 1;
  const faults: string[] = [];
  if (id !== expected) faults.push(`follows a gap: checkpoint ${expected} is missing`);
  else if (!previous.equals(before?.hash ?? NO_CHECKPOINT))
    faults.push("does not continue the checkpoint before it");
  else if (lo !== (before?.epoch === epoch ? before.hi : 0n) || epoch < (before?.epoch ?? 0))
    faults.push("does not begin where the checkpoint before it ends");
  if (!isGenuine(checkpoint)) faults.push("was altered: its hash or signature does not fit its content");
  else if (!trusted.some((key) => key.equals(publicKey)))
    faults.push(`is signed by a key that is not trusted: ${publicKey.toString("base64")}`);
  return faults;
}

/** Takes the events that lie where no checkpoint covers them. */
async function strays(events: Peekable, isStray: (row: LeafRow) => boolean): Promise<string[]> {
  const ids: number[] = [];
  let count = 0;
  for (let row = await events.peek(); row !== undefined && isStray(row); row = await events.peek()) {
    await events.next();
    count += 1;
    if (ids.length < 10) ids.push(row.id);
  }
  return count === 0 ? [] : [`begins after ${count} that no checkpoint covers (${list(ids)})`];
}

const list = (ids: number[]): string => `event ${ids.join(", ")}`;
