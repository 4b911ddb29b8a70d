import { join } from "node:path";
import type { Knex } from "knex";
import { findCheckpoint, isGenuine, checkpointsWithin } from "../audit/checkpoint.ts";
import { differenceOf, fold, isBefore, Peekable } from "../audit/fold.ts";
import { record } from "../audit/record.ts";
import { eventsIn } from "../audit/rows.ts";
import { actAs, type Transaction } from "../db/knex.ts";
import { archivedEvents, linesOf, mergeEvents, type Stream } from "./events.ts";
import { type Export, exportPartition, nameArchive } from "./export.ts";
import { type Archive, checkArchive, FILES, knownArchives, type Manifest } from "./manifest.ts";
import type { Partition } from "./partitions.ts";

/** A partition can't be archived now, and stays as it is; the message says why. */
export class CannotArchive extends Error {}

/** How far the archiving of a partition has come, for whoever looks on. */
type Step = "exported" | "verified" | "dropping" | "dropped";

interface ArchiveOptions {
  /** The folder that gets a folder an archive. */
  to: string;
  onStep?: (step: Step, manifest: Manifest) => Promise<void> | void;
}

/**
 * Exports a partition, verifies it from the export, and only then drops it, on record. Interrupted at any point it loses nothing: until the one
 * transaction that drops the partition, PostgreSQL has the rows; from then on the archive has them. It can be run again.
 * @param owner the login that owns the tables
 * @throws CannotArchive, ArchiveFault; 55P03 where the table stays in use
 */
export async function archivePartition(
  owner: Knex,
  partition: Partition,
  { to, onStep = () => undefined }: ArchiveOptions,
): Promise<Manifest> {
  const exported = await exportPartition(owner, partition, to);
  const { manifest, sha256 } = exported;
  await onStep("exported", manifest);
  await requireOver(owner, manifest);
  await requireRead(owner, partition);
  await verifyExport(owner, exported, to);
  // It may be one that was there before.
  await checkArchive(await nameArchive(exported, to), sha256);
  await onStep("verified", manifest);
  await actAs(owner, "retention", async (trx) => {
    await drop(trx, partition, manifest, sha256);
    await onStep("dropping", manifest);
  });
  await onStep("dropped", manifest);
  return manifest;
}

/** Of the record, every event has to be sealed, and every sink must have it. @throws CannotArchive */
async function requireOver(owner: Knex, { name, source, last, last_id }: Manifest): Promise<void> {
  if (source !== "audit_events" || last === null) return;
  await actAs(owner, "sealer", async (trx) => {
    const newest = await findCheckpoint(trx);
    const { epoch, xid } = last;
    if (newest === null || newest.epoch < epoch || (newest.epoch === epoch && newest.hi <= BigInt(xid)))
      throw new CannotArchive(`${name} holds events that are not sealed yet.`);
    const behind: { url: string }[] = await trx("audit_sinks")
      .whereRaw("(epoch, xid, event_id) < (?::int, ?::xid8, ?::bigint)", [epoch, xid, last_id])
      .select("url");
    const [sink] = behind;
    if (sink !== undefined)
      throw new CannotArchive(
        `${name} holds events that the sink ${sink.url} does not have yet. If it is no longer one, delete its row of audit_sinks.`,
      );
  });
}

/** Of timelines, services that want to hear have to have their events. @throws CannotArchive */
async function requireRead(owner: Knex, { name, source }: Partition): Promise<void> {
  if (source !== "delivery_events") return;
  const { rows } = await actAs(owner, "announcer", (trx) =>
    trx.raw(
      `SELECT EXISTS (SELECT FROM event_feeds)
         AND EXISTS (SELECT FROM ?? WHERE id > (SELECT position FROM event_log WHERE source = ?)) AS unread`,
      [name, source],
    ),
  );
  if (rows[0].unread === true)
    throw new CannotArchive(
      `${name} holds events that services have not heard of yet. Let a node run, which makes them.`,
    );
}

/** @throws ArchiveFault, CannotArchive */
async function verifyExport(owner: Knex, { folder, manifest, sha256 }: Export, to: string): Promise<void> {
  await checkArchive(folder, sha256);
  await requireWhole(folder, manifest);
  if (manifest.source === "audit_events") await requireAsSealed(owner, folder, manifest, to);
}

/** @throws CannotArchive where the file does not hold as many rows as went into it */
async function requireWhole(folder: string, { name, events }: Manifest): Promise<void> {
  let lines = 0;
  for await (const _line of linesOf(join(folder, FILES.events))) lines += 1;
  if (lines !== events) throw new CannotArchive(`The export of ${name} holds ${lines} of ${events} rows.`);
}

/**
 * Recomputes the checkpoints that cover the partition, with the export in its place. The first and the last may cover events of other partitions
 * too, which are read from where they are.
 * @throws CannotArchive
 */
async function requireAsSealed(owner: Knex, folder: string, manifest: Manifest, to: string): Promise<void> {
  const { name, first, last } = manifest;
  if (first === null || last === null) return;
  const [covering, known] = await actAs(owner, "sealer", async (trx) => [
    await checkpointsWithin(trx, first, last),
    await knownArchives(trx),
  ]);
  const [lowest, highest] = [covering[0], covering.at(-1)];
  if (lowest === undefined || highest === undefined) throw new CannotArchive(`No checkpoint covers ${name}.`);
  const from = { epoch: lowest.epoch, xid: String(lowest.lo) };
  const before = { epoch: highest.epoch, xid: String(highest.hi) };
  const beside = eventsIn(owner, { except: name, from, before });
  const streams: Stream[] = [
    { epoch: Number.MIN_SAFE_INTEGER, xid: 0n, open: () => beside },
    { ...first, xid: BigInt(first.xid), open: () => archivedEvents(folder) },
    ...known.filter((archive) => reaches(archive, from)).map((archive) => streamOf(archive, to)),
  ];
  const events = new Peekable(mergeEvents(streams));
  // Of an older archive, what lies before the first of these checkpoints.
  const start = { epoch: lowest.epoch, xid: lowest.lo };
  for (let row = await events.peek(); row !== undefined && isBefore(row, start); row = await events.peek())
    await events.next();
  for (const checkpoint of covering) {
    const { tree, forged } = await fold(events, checkpoint);
    const difference = differenceOf(tree, checkpoint);
    if (difference !== null || forged.length > 0 || !isGenuine(checkpoint))
      throw new CannotArchive(
        `Checkpoint ${checkpoint.id}, which covers ${name}, is not what was sealed. Run npm run audit:verify.`,
      );
  }
}

function reaches({ source, last_epoch, last_xid }: Archive, from: { epoch: number; xid: string }): boolean {
  if (source !== "audit_events" || last_epoch === null || last_xid === null) return false;
  return last_epoch > from.epoch || (last_epoch === from.epoch && BigInt(last_xid) >= BigInt(from.xid));
}

const streamOf = ({ name, first_epoch, first_xid }: Archive, to: string): Stream => ({
  epoch: first_epoch ?? 0,
  xid: BigInt(first_xid ?? 0),
  open: () => archivedEvents(join(to, name)),
});

/**
 * Puts the archive on record and drops the partition. Nobody writes to it meanwhile: rows that came after the export would show in their
 * number.
 */
async function drop(
  trx: Transaction,
  partition: Partition,
  manifest: Manifest,
  sha256: string,
): Promise<void> {
  const { name, source, ends, begins } = partition;
  const { events, first, last, last_id } = manifest;
  await trx.raw("SET LOCAL lock_timeout = '1s'");
  await trx.raw("SET LOCAL statement_timeout = 0");
  await trx.raw("LOCK TABLE ?? IN SHARE MODE", [name]);
  const { rows } = await trx.raw("SELECT count(*) AS count FROM ??", [name]);
  if (rows[0].count !== events)
    throw new CannotArchive(
      `${name} has changed since it was exported: it holds ${rows[0].count} rows, not ${events}.`,
    );
  await trx("archives").insert({
    ...{ name, source, begins, ends, events, last_id },
    ...{ first_epoch: first?.epoch, first_xid: first?.xid, last_epoch: last?.epoch, last_xid: last?.xid },
    manifest_sha256: Buffer.from(sha256, "hex"),
  });
  await record(trx, "retention", {
    action: "history.archive",
    outcome: "ok",
    payload: { name, events, ends: ends.toISOString(), manifest_sha256: sha256 },
  });
  await trx.raw("DROP TABLE ??", [name]);
}
