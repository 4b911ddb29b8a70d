import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import { type Checkpoint, isGenuine, publicKeyFrom, rawPublicKey } from "./checkpoint.ts";
import { leafOf, type LeafRow } from "./leaf.ts";
import { rootBy } from "./merkle.ts";

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Number64 = z.string().regex(/^\d{1,20}$/);
const KeyId = z.string().regex(/^[0-9a-f]{16}$/);
/** Base64 of 64 bytes, and of 32. */
const Bytes64 = z.string().regex(/^[A-Za-z0-9+/]{86}==$/);
const Bytes32 = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

const ProvenEvent = z.strictObject({
  event_id: z.int().positive(),
  epoch: z.int(),
  xid: Number64,
  at: z
    .string()
    .regex(/^\d+\.\d{6}$/)
    .describe("Seconds since 1970, as the leaf binds them"),
  territory_id: z.string().nullable(),
  actor: z.string(),
  action: z.string(),
  outcome: z.string(),
  object_id: z.string().nullable(),
  payload: z.string().describe("JSON as PostgreSQL writes it, which the leaf binds"),
  leaf: Hash,
  checkpoint: z.int().positive().describe("The checkpoint that holds it"),
  index: z.int().min(0).describe("Its place among the leaves of that checkpoint"),
  path: z.array(Hash).max(64).describe("The hashes beside the way to the checkpoint's root, from below"),
});

const ProvenCheckpoint = z.strictObject({
  checkpoint: z.int().positive(),
  epoch: z.int(),
  lo: Number64,
  hi: Number64,
  count: z.int().min(0),
  root: Hash,
  previous: Hash,
  created_at: z.iso.datetime(),
  hash: Hash.describe("The same as in the anchor file"),
  signature: Bytes64,
  key_id: KeyId,
});

/** What is signed: one notification's events of the audit record, each with its way into a signed checkpoint. */
const Content = z.strictObject({
  format: z.literal("tocsin-proof-1"),
  notification_id: z.uuid(),
  about: z
    .array(z.string())
    .describe("The ids whose events these are: it, its copies, deliveries, broadcast"),
  made_at: z.iso.datetime(),
  not_sealed: z.array(z.int()).describe("Events that no checkpoint holds yet, and that are not in here"),
  events: z.array(ProvenEvent),
  checkpoints: z.array(ProvenCheckpoint),
  keys: z.array(z.strictObject({ key_id: KeyId, public_key: Bytes32 })),
});
export type Content = z.infer<typeof Content>;

/** A proof of delivery: its content, and the signature over it. */
export const Proof = Content.extend({ signature: z.strictObject({ key_id: KeyId, value: Bytes64 }) });
export type Proof = z.infer<typeof Proof>;

/** The first 16 hex digits of SHA-256 of the raw public key. */
export const keyIdOf = (publicKey: Buffer): string =>
  createHash("sha256").update(publicKey).digest("hex").slice(0, 16);

/** The one way to write a proof: a byte that differs is found. */
export const writeProof = (proof: Proof): string => `${JSON.stringify(proof, null, 1)}\n`;

/** No checkpoint begins like that, so that no signature of one passes for that of a proof. */
const signedBytes = (content: Content): Buffer => Buffer.from(`tocsin-proof\n${JSON.stringify(content)}`);

/** Signs a proof's content with the Ed25519 private `key`, and names the key among its keys. */
export function signProof(content: Content, key: KeyObject): Proof {
  const publicKey = rawPublicKey(key);
  const own = { key_id: keyIdOf(publicKey), public_key: publicKey.toString("base64") };
  const keys = content.keys.some(({ key_id }) => key_id === own.key_id)
    ? content.keys
    : [...content.keys, own];
  const signed = Content.parse({ ...content, keys });
  const value = sign(null, signedBytes(signed), key).toString("base64");
  return { ...signed, signature: { key_id: own.key_id, value } };
}

/**
 * Holds a proof to itself and to trusted keys: the text, every event's leaf and path, every checkpoint, the signature.
 * @param trusted public keys, raw
 * @returns what is wrong and where, the narrowest place first; none: it is what was signed
 */
export function verifyProof(
  text: string,
  trusted: readonly Buffer[],
): { proof: Proof | null; faults: string[] } {
  const read = readProof(text);
  if (typeof read === "string") return { proof: null, faults: [read] };
  const keys = new Map(
    read.keys.map(({ key_id, public_key }) => [key_id, Buffer.from(public_key, "base64")]),
  );
  const checkpoints = new Map(read.checkpoints.map((one) => [one.checkpoint, one]));
  const faults = [
    ...read.keys.flatMap(({ key_id }, index) => faultsOfKey(`keys[${index}]`, key_id, keys, trusted)),
    ...read.checkpoints.flatMap((one, index) => faultsOfCheckpoint(`checkpoints[${index}]`, one, keys)),
    ...read.events.flatMap((one, index) => faultsOfEvent(`events[${index}]`, one, checkpoints)),
  ];
  if (!isSigned(read, keys))
    faults.push(
      faults.length > 0
        ? "signature: it is not of this content"
        : "signature: it is not of this content, though every event and checkpoint in it is genuine: something else was altered, left out or added",
    );
  return { proof: read, faults };
}

/** A fault in place of what can't be read as a proof, or is not written as one. */
function readProof(text: string): Proof | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `it is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const parsed = Proof.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${(issue?.path ?? []).join(".") || "the document"}: ${issue?.message}`;
  }
  const expected = writeProof(parsed.data);
  if (expected === text) return parsed.data;
  const at = [...expected].findIndex((letter, index) => text[index] !== letter);
  const line = expected.slice(0, at < 0 ? expected.length : at).split("\n").length;
  return `line ${line} is not as a proof is written`;
}

function faultsOfKey(
  place: string,
  keyId: string,
  keys: ReadonlyMap<string, Buffer>,
  trusted: readonly Buffer[],
): string[] {
  const key = keys.get(keyId);
  if (key === undefined || keyIdOf(key) !== keyId) return [`${place}: the id is not that of the key`];
  return trusted.some((one) => one.equals(key)) ? [] : [`${place}: ${keyId} is no key that you trust`];
}

function faultsOfCheckpoint(
  place: string,
  { checkpoint: id, lo, hi, created_at, key_id, ...one }: Proof["checkpoints"][number],
  keys: ReadonlyMap<string, Buffer>,
): string[] {
  const publicKey = keys.get(key_id);
  if (publicKey === undefined) return [`${place}: checkpoint ${id} names a key that is not among the keys`];
  const checkpoint: Checkpoint = {
    ...{ id, epoch: one.epoch, count: one.count, publicKey, createdAt: new Date(created_at) },
    ...{ lo: BigInt(lo), hi: BigInt(hi), signature: Buffer.from(one.signature, "base64") },
    ...{ root: hex(one.root), previous: hex(one.previous), hash: hex(one.hash) },
  };
  return isGenuine(checkpoint)
    ? []
    : [`${place}: checkpoint ${id} was altered: its hash or signature does not fit its content`];
}

function faultsOfEvent(
  place: string,
  { event_id: id, leaf: told, checkpoint: number, index, path, ...content }: Proof["events"][number],
  checkpoints: ReadonlyMap<number, Proof["checkpoints"][number]>,
): string[] {
  const leaf = hex(told);
  const row: LeafRow = { id, ...content, leaf };
  const faults = leafOf(row).equals(leaf)
    ? []
    : [`${place}: event ${id} was altered: its leaf is not that of its content`];
  const checkpoint = checkpoints.get(number);
  if (checkpoint === undefined) return [...faults, `${place}: checkpoint ${number} is not in here`];
  const root = rootBy(leaf, index, checkpoint.count, path.map(hex));
  if (root?.toString("hex") !== checkpoint.root)
    faults.push(`${place}: its path does not lead to the root of checkpoint ${number}`);
  return faults;
}

function isSigned({ signature, ...content }: Proof, keys: ReadonlyMap<string, Buffer>): boolean {
  const key = keys.get(signature.key_id);
  return (
    key !== undefined &&
    verify(null, signedBytes(content), publicKeyFrom(key), Buffer.from(signature.value, "base64"))
  );
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");
