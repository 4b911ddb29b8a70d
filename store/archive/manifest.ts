import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { Transaction } from "../db/knex.ts";
import { SOURCES, type Source } from "./partitions.ts";

/** The files of an archive; each archive has a folder of its own, named as its partition was. */
export const FILES = {
  manifest: "manifest.json",
  /** A row a line. */
  events: "events.ndjson.gz",
  /** The checkpoints that cover the events, a line each; archives of the record alone have them. */
  checkpoints: "checkpoints.ndjson",
} as const;

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
/** An event's place in the order of sealing. */
const Place = z.object({ epoch: z.int(), xid: z.string() });

/** What an archive holds. PostgreSQL keeps the manifest's hash, and the record of the archiving has it too. */
const Manifest = z.object({
  format: z.literal(1),
  name: z.string(),
  source: z.enum(SOURCES),
  /** Null: from the beginning. */
  begins: z.iso.datetime().nullable(),
  ends: z.iso.datetime(),
  events: z.int().min(0),
  /** Of the record: the first and the last event's places, and the highest number; null where there is none. */
  first: Place.nullable(),
  last: Place.nullable(),
  last_id: z.int().nullable(),
  /** SHA-256 by file, in hex. */
  files: z.record(z.string(), Hash),
});
export type Manifest = z.infer<typeof Manifest>;

/** An archive as PostgreSQL knows it. */
export interface Archive {
  name: string;
  source: Source;
  begins: Date | null;
  ends: Date;
  events: number;
  first_epoch: number | null;
  first_xid: string | null;
  last_epoch: number | null;
  last_xid: string | null;
  manifest_sha256: Buffer;
}

/** All archives there are, oldest first. */
export async function knownArchives(trx: Transaction): Promise<Archive[]> {
  return await trx<Archive>("archives").orderBy(["ends", "name"]);
}

/** An archive is not there, or not as it was made; the message says which file. */
export class ArchiveFault extends Error {
  /** Whether a file is not there at all. */
  readonly missing: boolean;
  constructor(message: string, { missing = false, ...options }: ErrorOptions & { missing?: boolean } = {}) {
    super(message, options);
    this.missing = missing;
  }
}

/**
 * Holds an archive's files to its manifest.
 * @param sha256 the manifest's hash, where somebody vouches for it
 * @throws ArchiveFault
 */
export async function checkArchive(folder: string, sha256: string | null): Promise<Manifest> {
  const path = join(folder, FILES.manifest);
  const text = await readFile(path).catch(() => {
    throw new ArchiveFault(`is missing: there is no ${path}`, { missing: true });
  });
  if (sha256 !== null && createHash("sha256").update(text).digest("hex") !== sha256)
    throw new ArchiveFault(`was altered: ${path} is not the one that was written`);
  const manifest = Manifest.parse(JSON.parse(text.toString("utf8")));
  for (const [name, hash] of Object.entries(manifest.files)) {
    const file = join(folder, name);
    const found = await hashOfFile(file).catch(() => {
      throw new ArchiveFault(`is not whole: there is no ${file}`, { missing: true });
    });
    if (found !== hash) throw new ArchiveFault(`was altered: ${file} is not the one that was written`);
  }
  return manifest;
}

/** SHA-256 of a file, in hex. */
export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
