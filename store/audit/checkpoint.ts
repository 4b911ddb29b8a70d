import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { must } from "../../config/must.ts";
import type { Transaction } from "../db/knex.ts";

/** A sealed range of the record. */
export interface Checkpoint {
  /** Its number; the first is 1. */
  id: number;
  epoch: number;
  /** Transactions from `lo` up to, but not including, `hi`. */
  lo: bigint;
  hi: bigint;
  /** How many events they wrote. */
  count: number;
  /** The Merkle root of those events' leaves. */
  root: Buffer;
  /** The hash of the checkpoint before; 32 zero bytes in the first. */
  previous: Buffer;
  createdAt: Date;
  hash: Buffer;
  /** Ed25519 over `hash`. */
  signature: Buffer;
  /** The signer's, raw; 32 bytes. */
  publicKey: Buffer;
}

export type Unsigned = Omit<Checkpoint, "hash" | "signature" | "publicKey">;

export const NO_CHECKPOINT = Buffer.alloc(32);

/** Leaves are hashed behind 0x00 and nodes behind 0x01, so neither can pass for a checkpoint. */
const PREFIX = Buffer.from([0x02]);

/** SHA-256(0x02 ‖ previous ‖ id, epoch, lo, hi, count, created_at in ms; big-endian, 64 bits each ‖ root). */
export function hashOf({ previous, id, epoch, lo, hi, count, createdAt, root }: Unsigned): Buffer {
  const numbers = Buffer.alloc(6 * 8);
  [BigInt(id), BigInt(epoch), lo, hi, BigInt(count), BigInt(createdAt.getTime())].forEach((value, index) =>
    numbers.writeBigInt64BE(value, index * 8),
  );
  return createHash("sha256").update(PREFIX).update(previous).update(numbers).update(root).digest();
}

/** Signs with the Ed25519 private `key`. */
export function signCheckpoint(unsigned: Unsigned, key: KeyObject): Checkpoint {
  const hash = hashOf(unsigned);
  return { ...unsigned, hash, signature: sign(null, hash, key), publicKey: rawPublicKey(key) };
}

/** Whether the hash is that of the content and the signature that of the named key; not whether that key is trusted. */
export function isGenuine(checkpoint: Checkpoint): boolean {
  const { hash, signature, publicKey } = checkpoint;
  return hashOf(checkpoint).equals(hash) && verify(null, hash, publicKeyFrom(publicKey), signature);
}

/** Whether a checkpoint is genuine, and signed with a private key. */
export const isOf = (checkpoint: Checkpoint, key: KeyObject): boolean =>
  checkpoint.publicKey.equals(rawPublicKey(key)) && isGenuine(checkpoint);

/** The public half of an Ed25519 key, 32 bytes. */
export function rawPublicKey(key: KeyObject): Buffer {
  const { x } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  return Buffer.from(must(x, "public half of the key"), "base64url");
}

/** An Ed25519 public key from its 32 bytes. */
export function publicKeyFrom(raw: Buffer): KeyObject {
  const x = raw.toString("base64url");
  return createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
}

interface Row {
  id: number;
  epoch: number;
  lo: string;
  hi: string;
  count: number;
  root: Buffer;
  previous: Buffer;
  created_at: Date;
  hash: Buffer;
  signature: Buffer;
  public_key: Buffer;
}

const fromRow = ({ lo, hi, created_at, public_key, ...rest }: Row): Checkpoint => ({
  ...rest,
  lo: BigInt(lo),
  hi: BigInt(hi),
  createdAt: created_at,
  publicKey: public_key,
});

/** Up to `limit` checkpoints after number `after`, in order. */
export async function checkpointsAfter(
  trx: Transaction,
  after: number,
  limit: number,
): Promise<Checkpoint[]> {
  const rows: Row[] = await trx("audit_checkpoints").where("id", ">", after).orderBy("id").limit(limit);
  return rows.map(fromRow);
}

/** The checkpoints that cover the events from one transaction to another, in order. */
export async function checkpointsWithin(
  trx: Transaction,
  first: { epoch: number; xid: string },
  last: { epoch: number; xid: string },
): Promise<Checkpoint[]> {
  const rows: Row[] = await trx("audit_checkpoints")
    .whereRaw("(epoch, hi) > (?::int, ?::xid8)", [first.epoch, first.xid])
    .whereRaw("(epoch, lo) <= (?::int, ?::xid8)", [last.epoch, last.xid])
    .orderBy("id");
  return rows.map(fromRow);
}

/** The newest checkpoint, or the one with a given number. */
export async function findCheckpoint(trx: Transaction, id?: number): Promise<Checkpoint | null> {
  const found = trx("audit_checkpoints").orderBy("id", "desc");
  if (id !== undefined) void found.where({ id });
  const row: Row | undefined = await found.first();
  return row === undefined ? null : fromRow(row);
}

export async function insertCheckpoint(trx: Transaction, checkpoint: Checkpoint): Promise<void> {
  const { lo, hi, createdAt, publicKey, ...rest } = checkpoint;
  const row = { ...rest, lo: String(lo), hi: String(hi), created_at: createdAt, public_key: publicKey };
  await trx("audit_checkpoints").insert(row);
}
