import { constants, existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { z } from "zod";
import { hashOfFile } from "../../store/archive/manifest.ts";
import { TABLES } from "../../store/crypto/rotation.ts";
import { CannotRun } from "../place.ts";
import { faultOfSignature } from "./signature.ts";

/** The files of a backup; each backup has a folder of its own. */
export const FILES = {
  manifest: "manifest.json",
  signature: "manifest.sig",
  dump: "tocsin.dump",
  anchor: "audit-anchor.jsonl",
} as const;

const Count = z.int().min(0);

/** What a backup holds, read in the very snapshot that was dumped. */
export const Manifest = z.object({
  format: z.literal(1),
  /** PostgreSQL's clock at the snapshot. */
  taken_at: z.iso.datetime(),
  database: z.string(),
  postgresql: z.string(),
  /** The newest migration. */
  migration: z.string(),
  dump_sha256: z.string(),
  counts: z.object({ sends: Count, notifications: Count, users: Count, audit_events: Count }),
  audit: z.object({
    last_event: z.string().nullable(),
    /** Hash of the newest checkpoint, in hex, and the keys that signed, in base64. */
    checkpoint: z.object({ id: z.number(), hash: z.string() }).nullable(),
    public_keys: z.array(z.string()),
  }),
  /** Archives of months that have left the database; they are kept beside its backups. */
  archives: z.array(z.object({ name: z.string(), manifest_sha256: z.string() })).default([]),
  /** Ids of the master keys without which originals stay closed. The keys themselves are in no backup. */
  master_keys: z.array(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/** Those of some tables that a database has: a backup may be of a version before one of them. */
export async function tablesOf(client: pg.Client, names: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('public.' || name) IS NOT NULL",
    [names],
  );
  return rows.map(({ name }) => name);
}

/** Reads the facts of a snapshot on a connection that has it open, with a login that sees every row. */
export async function readFacts(
  client: pg.Client,
): Promise<Omit<Manifest, "format" | "dump_sha256" | "archives">> {
  const sealed = await tablesOf(
    client,
    TABLES.map(({ name }) => name),
  );
  const keyIds = sealed.map((name) => `SELECT key_id FROM ${name} WHERE key_id IS NOT NULL`).join(" UNION ");
  const { rows } = await client.query(`
    SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS taken_at, current_database() AS database,
      current_setting('server_version') AS postgresql, (SELECT max(name) FROM schema_migrations) AS migration,
      jsonb_build_object('sends', (SELECT count(*) FROM sends), 'notifications', (SELECT count(*) FROM notifications),
        'users', (SELECT count(*) FROM users), 'audit_events', (SELECT count(*) FROM audit_events)) AS counts,
      jsonb_build_object('last_event', (SELECT max(id)::text FROM audit_events),
        'checkpoint', (SELECT jsonb_build_object('id', id, 'hash', encode(hash, 'hex'))
          FROM audit_checkpoints ORDER BY id DESC LIMIT 1),
        'public_keys', (SELECT coalesce(jsonb_agg(DISTINCT encode(public_key, 'base64')), '[]') FROM audit_checkpoints)) AS audit,
      ARRAY(SELECT key_id FROM (${keyIds}) AS used ORDER BY 1) AS master_keys`);
  return Manifest.omit({ format: true, dump_sha256: true, archives: true }).parse(rows[0]);
}

/** The archives that belong to a snapshot, oldest first. */
export async function readArchives(client: pg.Client): Promise<Manifest["archives"]> {
  const { rows } = await client.query(
    "SELECT name, encode(manifest_sha256, 'hex') AS manifest_sha256 FROM archives ORDER BY ends, name",
  );
  return rows;
}

/** A backup that somebody vouches for, and the copy of its dump that was looked at. */
export interface ReadBackup {
  manifest: Manifest;
  signed: boolean;
  dump: string;
}

/**
 * Checks a copy of the dump, which nobody but this process can change: whoever may write the backups could put another dump in its place
 * once it was checked.
 * @param place a folder of this process alone, for the copy
 * @param trusted public keys of those who may vouch for a backup; raw
 * @param trustUnsigned takes one that nobody vouches for
 * @throws CannotRun where the folder holds no whole backup, nobody who is trusted vouches for it, or the dump is not the one that the
 * manifest names
 */
export async function readBackup(
  { folder, place }: { folder: string; place: string },
  trusted: readonly Buffer[],
  trustUnsigned: boolean,
): Promise<ReadBackup> {
  const file = join(folder, FILES.manifest);
  const text = await readFile(file, "utf8").catch(() => {
    throw new CannotRun(`${folder} holds no whole backup: there is no ${FILES.manifest}.`);
  });
  const signature = await readSignature(folder);
  if (signature === null && !trustUnsigned)
    throw new CannotRun(
      `${file} is not signed, so nothing shows that nobody has altered the backup since it was taken. If you know where it has been, say --trust-unsigned; that goes on record.`,
    );
  const fault = signature === null ? null : faultOfSignature(text, signature, trusted);
  if (fault !== null) throw new CannotRun(`${file}: ${fault}.`);
  const manifest = Manifest.parse(JSON.parse(text));
  const dump = join(place, FILES.dump);
  await copyFile(join(folder, FILES.dump), dump, constants.COPYFILE_FICLONE);
  if ((await hashOfFile(dump)) !== manifest.dump_sha256)
    throw new CannotRun(
      `${join(folder, FILES.dump)} is not the dump that was taken: its checksum is another.`,
    );
  return { manifest, signed: signature !== null, dump };
}

async function readSignature(folder: string): Promise<string | null> {
  const file = join(folder, FILES.signature);
  return existsSync(file) ? await readFile(file, "utf8") : null;
}
