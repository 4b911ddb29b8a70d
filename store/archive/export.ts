import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Knex } from "knex";
import { type Checkpoint, checkpointsWithin } from "../audit/checkpoint.ts";
import type { LeafRow } from "../audit/leaf.ts";
import { eventsIn } from "../audit/rows.ts";
import { actAs } from "../db/knex.ts";
import { ArchiveFault, FILES, hashOfFile, type Manifest } from "./manifest.ts";
import type { Partition } from "./partitions.ts";

const PAGE = 5_000;

/** A partition in a folder, which is not an archive yet. */
export interface Export {
  folder: string;
  manifest: Manifest;
  /** SHA-256 of the manifest, in hex. */
  sha256: string;
}

/**
 * Writes a partition's rows into the folder `to`/<its name>.unfinished, and waits until they are on the disk. What an interrupted export left there is
 * written anew.
 * @param owner the login that owns the tables: no other sees a partition
 */
export async function exportPartition(owner: Knex, partition: Partition, to: string): Promise<Export> {
  const unfinished = join(to, `${partition.name}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const seen = new Seen();
  const lines =
    partition.source === "audit_events"
      ? recordLines(owner, partition, seen)
      : rowLines(owner, partition, seen);
  const events = join(unfinished, FILES.events);
  await pipeline(Readable.from(lines), createGzip(), createWriteStream(events, { mode: 0o600 }));
  const { first, last } = seen;
  if (partition.source === "audit_events") {
    const covering = first === null || last === null ? [] : await checkpointsOver(owner, first, last);
    const text = covering.map((checkpoint) => `${JSON.stringify(plain(checkpoint))}\n`).join("");
    await writeFile(join(unfinished, FILES.checkpoints), text, { mode: 0o600 });
  }
  const names = partition.source === "audit_events" ? [FILES.events, FILES.checkpoints] : [FILES.events];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await hashOfFile(join(unfinished, name))] as const)),
  );
  const manifest: Manifest = {
    format: 1,
    name: partition.name,
    source: partition.source,
    begins: partition.begins?.toISOString() ?? null,
    ends: partition.ends.toISOString(),
    events: seen.count,
    first: first && { epoch: first.epoch, xid: first.xid },
    last: last && { epoch: last.epoch, xid: last.xid },
    last_id: seen.highest,
    files,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFile(join(unfinished, FILES.manifest), text, { mode: 0o600 });
  for (const name of [...names, FILES.manifest]) await sync(join(unfinished, name));
  await sync(unfinished);
  return { folder: unfinished, manifest, sha256: createHash("sha256").update(text).digest("hex") };
}

/**
 * Gives an export its archive's name, and answers the folder. One that is there already, since the partition could not be dropped, stays where it holds
 * the same.
 * @throws ArchiveFault where it holds something else
 */
export async function nameArchive(
  { folder: unfinished, manifest: { name }, sha256 }: Export,
  to: string,
): Promise<string> {
  const folder = join(to, name);
  const there = await hashOfFile(join(folder, FILES.manifest)).catch(() => null);
  if (there !== null && there !== sha256)
    throw new ArchiveFault(`${folder} is another archive of that name: set it aside`);
  if (there !== null) await rm(unfinished, { recursive: true });
  else {
    await rename(unfinished, folder);
    await sync(to);
  }
  return folder;
}

/** What went by. */
class Seen {
  count = 0;
  highest: number | null = null;
  first: LeafRow | null = null;
  last: LeafRow | null = null;

  take(id: number): void {
    this.count += 1;
    this.highest = Math.max(id, this.highest ?? 0);
  }
}

/** An event of the record with all that its leaf binds, in the order of sealing; numbers and payload as PostgreSQL's own text. */
async function* recordLines(owner: Knex, { name }: Partition, seen: Seen): AsyncGenerator<string> {
  for await (const row of eventsIn(owner, { table: name })) {
    seen.take(row.id);
    seen.first ??= row;
    seen.last = row;
    yield `${JSON.stringify({ ...row, leaf: row.leaf.toString("hex") })}\n`;
  }
}

async function* rowLines(owner: Knex, { name }: Partition, seen: Seen): AsyncGenerator<string> {
  for (let after = -1, more = true; more;) {
    const { rows }: { rows: { id: number; line: string }[] } = await owner.raw(
      "SELECT id, to_jsonb(part)::text AS line FROM ?? AS part WHERE id > ? ORDER BY id LIMIT ?",
      [name, after, PAGE],
    );
    for (const { id, line } of rows) {
      seen.take(id);
      yield `${line}\n`;
    }
    more = rows.length === PAGE;
    after = rows.at(-1)?.id ?? after;
  }
}

const checkpointsOver = (owner: Knex, first: LeafRow, last: LeafRow): Promise<Checkpoint[]> =>
  actAs(owner, "sealer", (trx) => checkpointsWithin(trx, first, last));

/** A checkpoint as JSON: bytes in hex, 64-bit numbers as text. */
function plain(checkpoint: Checkpoint): Record<string, unknown> {
  const { lo, hi, createdAt, root, previous, hash, signature, publicKey, ...rest } = checkpoint;
  const bytes = Object.entries({ root, previous, hash, signature, public_key: publicKey });
  return {
    ...rest,
    lo: String(lo),
    hi: String(hi),
    created_at: createdAt.toISOString(),
    ...Object.fromEntries(bytes.map(([name, value]) => [name, value.toString("hex")])),
  };
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
}
