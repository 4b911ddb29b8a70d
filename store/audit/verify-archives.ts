import { join } from "node:path";
import type { Knex } from "knex";
import { archivedEvents, mergeEvents, type Stream } from "../archive/events.ts";
import { type Archive, ArchiveFault, checkArchive, knownArchives } from "../archive/manifest.ts";
import { actAs } from "../db/knex.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Finding } from "./finding.ts";
import type { LeafRow } from "./leaf.ts";
import { eventsIn } from "./rows.ts";

/** The record, of which older parts are in archives. */
interface Archives {
  /** Every event, those in archives too, in the order of sealing. */
  events: AsyncGenerator<LeafRow>;
  /** Whether events of the checkpoint are in an archive that can't be read, which is a finding of its own. */
  lacks(checkpoint: Checkpoint): boolean;
  /** What was wrong with archives, once the events are read. */
  findings(): Finding[];
}

/** An archive whose events are not all there. */
interface Gap {
  archive: Archive;
  why: string;
  /** Checkpoints that can't be told from it. */
  checkpoints: number[];
}

/**
 * Holds every archive that PostgreSQL knows to its hashes.
 * @param folder holds them; null where nobody named it
 */
export async function openArchives(knex: Knex, folder: string | null): Promise<Archives> {
  const known = await actAs(knex, "sealer", knownArchives);
  const altered: Finding[] = [];
  const gaps: Gap[] = [];
  const streams: Stream[] = [{ epoch: Number.MIN_SAFE_INTEGER, xid: 0n, open: () => eventsIn(knex) }];
  for (const archive of known) {
    const gap = (why: string): void => void gaps.push({ archive, why, checkpoints: [] });
    if (folder === null) {
      gap("its folder was not named");
      continue;
    }
    const place = join(folder, archive.name);
    const fault = await faultOf(place, archive);
    if (fault?.missing === true) {
      gap(fault.message);
      continue;
    }
    if (fault !== null) altered.push({ checkpoint: null, what: `archive ${archive.name} ${fault.message}` });
    const stream = streamOf(archive, place, gap);
    if (stream !== null) streams.push(stream);
  }
  return {
    events: mergeEvents(streams),
    lacks: (checkpoint) => {
      const hit = gaps.filter(({ archive }) => overlaps(archive, checkpoint));
      for (const { checkpoints } of hit) checkpoints.push(checkpoint.id);
      return hit.length > 0;
    },
    findings: () => [...altered, ...gaps.map(tell)],
  };
}

async function faultOf(place: string, { manifest_sha256 }: Archive): Promise<ArchiveFault | null> {
  try {
    await checkArchive(place, manifest_sha256.toString("hex"));
    return null;
  } catch (error) {
    if (error instanceof ArchiveFault) return error;
    throw error;
  }
}

/** An archive of the record that was altered is read all the same: that tells which of its checkpoints are. */
function streamOf(
  { source, first_epoch: epoch, first_xid: xid }: Archive,
  place: string,
  gap: (why: string) => void,
): Stream | null {
  if (source !== "audit_events" || epoch === null || xid === null) return null;
  async function* open(): AsyncGenerator<LeafRow> {
    try {
      yield* archivedEvents(place);
    } catch (error) {
      if (!(error instanceof ArchiveFault)) throw error;
      gap(error.message);
    }
  }
  return { epoch, xid: BigInt(xid), open };
}

function overlaps(archive: Archive, { epoch, lo, hi }: Checkpoint): boolean {
  const { first_epoch, first_xid, last_epoch, last_xid } = archive;
  if (first_epoch === null || first_xid === null || last_epoch === null || last_xid === null) return false;
  const beginsBeforeEnd = first_epoch < epoch || (first_epoch === epoch && BigInt(first_xid) < hi);
  const endsAfterBegin = last_epoch > epoch || (last_epoch === epoch && BigInt(last_xid) >= lo);
  return beginsBeforeEnd && endsAfterBegin;
}

function tell({ archive: { name, events, ends }, why, checkpoints }: Gap): Finding {
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  const without = first === undefined ? "" : `; checkpoints ${first} to ${last} can't be verified without it`;
  const what = `archive ${name} (${events} events, until ${ends.toISOString()}) ${why}${without}`;
  return { checkpoint: null, what };
}
