import type { Knex } from "knex";
import { actAs, type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { Delivery } from "../models/Delivery.ts";
import { Notification } from "../models/Notification.ts";
import { Send } from "../models/Send.ts";
import { type Checkpoint, findCheckpoint } from "./checkpoint.ts";
import { faultOfLeaf, isBefore } from "./fold.ts";
import type { LeafRow } from "./leaf.ts";
import { pathsOf } from "./merkle.ts";
import { type Content, keyIdOf } from "./proof-document.ts";
import { record } from "./record.ts";
import { leafColumns, leaves } from "./rows.ts";

/** Events that a proof holds at most; the alert of a broadcast that was told to thousands has more. */
const MOST_EVENTS = 5_000;

/** Why there is no proof of what is on record. */
export class NoProof extends Error {}

/**
 * One notification's events of the audit record, of its copies and deliveries too, each with its way into the checkpoint that holds it. It goes on record itself.
 * @param actor reads the record: an auditor, or the sealer for a command
 * @returns null where nothing has that id
 * @throws NoProof where an event's checkpoint is not whole here any more, or there are too many
 */
export async function gatherProof(knex: Knex, actor: Actor, id: string): Promise<Content | null> {
  return await actAs(knex, `worker:${id}`, async (trx) => {
    const about = await idsAbout(trx, id);
    if (about === null) return null;
    await switchActor(trx, actor);
    const last = await findCheckpoint(trx);
    const rows: LeafRow[] = await trx("audit_events")
      .select(leafColumns(trx))
      .whereIn("object_id", about)
      .orderBy(["epoch", "xid", "id"])
      .limit(MOST_EVENTS + 1);
    if (rows.length > MOST_EVENTS)
      throw new NoProof(`More than ${MOST_EVENTS.toLocaleString("en")} events are about it.`);
    const forged = rows.find((row) => faultOfLeaf(row) !== null);
    if (forged !== undefined)
      throw new NoProof(`Event ${forged.id} is not as it was recorded: npm run audit:verify says more.`);
    const sealed = rows.filter((row) => last !== null && isBefore(row, { epoch: last.epoch, xid: last.hi }));
    const { events, checkpoints } = await prove(trx, sealed, last?.id ?? 0);
    await record(trx, actor, {
      action: "audit.proof",
      outcome: "ok",
      objectId: id,
      payload: { events: events.length, checkpoints: checkpoints.length },
    });
    const keys = new Map(checkpoints.map(({ publicKey }) => [keyIdOf(publicKey), publicKey]));
    return {
      format: "tocsin-proof-1",
      notification_id: id,
      about,
      made_at: new Date().toISOString(),
      not_sealed: rows.slice(sealed.length).map((row) => row.id),
      events,
      checkpoints: checkpoints.map(present),
      keys: [...keys].map(([key_id, key]) => ({ key_id, public_key: key.toString("base64") })),
    };
  });
}

/** The ids of what belongs to a notification, as its worker: the original and its copies, their deliveries, the broadcast, the digest. */
async function idsAbout(trx: Transaction, id: string): Promise<string[] | null> {
  const own = await Notification.query(trx).select("escalated_from").findById(id);
  if (own === undefined) {
    const send = await Send.query(trx).select("joined").findOne({ id });
    return send === undefined ? null : [id, ...(send.joined === null ? [] : [send.joined])];
  }
  const root = own.escalated_from ?? id;
  if (root !== id) await switchActor(trx, `worker:${root}`);
  const family = await Notification.query(trx)
    .select("id", "send_id", "digest")
    .where({ id: root })
    .orWhere({ escalated_from: root })
    .orderBy("id");
  const ids = family.map((one) => one.id);
  const deliveries = await Delivery.query(trx).select("id").whereIn("notification_id", ids).orderBy("id");
  const others = family.flatMap(({ send_id, digest }) => (digest === null ? [send_id] : [send_id, digest]));
  return [...new Set([root, ...ids, ...others, ...deliveries.map((one) => one.id)])];
}

/** Finds the way of each event into its checkpoint. The events come in the order of sealing. */
async function prove(
  trx: Transaction,
  rows: LeafRow[],
  newest: number,
): Promise<{ events: Content["events"]; checkpoints: Checkpoint[] }> {
  const events: Content["events"] = [];
  const checkpoints: Checkpoint[] = [];
  for (let begun = 0; begun < rows.length;) {
    const [first, ...others] = rows.slice(begun);
    if (first === undefined) break;
    const checkpoint = await checkpointOf(trx, first, { from: checkpoints.at(-1)?.id ?? 1, to: newest });
    const end = { epoch: checkpoint.epoch, xid: checkpoint.hi };
    const held = [first, ...others.filter((row) => isBefore(row, end))];
    events.push(...(await within(trx, checkpoint, held)));
    checkpoints.push(checkpoint);
    begun += held.length;
  }
  return { events, checkpoints };
}

/** The checkpoint that ends behind an event, found by halves: they are numbered without gaps, in the order of what they hold. */
async function checkpointOf(
  trx: Transaction,
  row: LeafRow,
  { from, to }: { from: number; to: number },
): Promise<Checkpoint> {
  let [low, high] = [from, to];
  let found: Checkpoint | null = null;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const checkpoint = await findCheckpoint(trx, middle);
    if (checkpoint === null)
      throw new NoProof(`Checkpoint ${middle} is gone: npm run audit:verify says more.`);
    if (isBefore(row, { epoch: checkpoint.epoch, xid: checkpoint.hi })) {
      found = checkpoint;
      high = middle - 1;
    } else low = middle + 1;
  }
  if (found === null) throw new NoProof(`No checkpoint holds event ${row.id}.`);
  return found;
}

async function within(
  trx: Transaction,
  { id, epoch, lo, hi, count, root }: Checkpoint,
  rows: LeafRow[],
): Promise<Content["events"]> {
  const all: Buffer[] = [];
  const places = new Map<number, number>();
  const wanted = new Set(rows.map((row) => row.id));
  for await (const leaf of leaves(trx, epoch, lo, hi)) {
    if (wanted.has(leaf.id)) places.set(leaf.id, all.length);
    all.push(leaf.leaf);
  }
  if (all.length !== count)
    throw new NoProof(
      `Checkpoint ${id} holds ${count} events, of which ${all.length} are in the database: the others are in an archive, or gone.`,
    );
  const tree = pathsOf(all, [...places.values()]);
  if (!tree.root.equals(root))
    throw new NoProof(
      `Checkpoint ${id} holds other events than were sealed: npm run audit:verify says more.`,
    );
  return rows.map(({ id: event_id, leaf, ...content }) => {
    const index = places.get(event_id);
    if (index === undefined) throw new NoProof(`No checkpoint holds event ${event_id}.`);
    const path = (tree.paths.get(index) ?? []).map((hash) => hash.toString("hex"));
    return { event_id, ...content, leaf: leaf.toString("hex"), checkpoint: id, index, path };
  });
}

const present = (one: Checkpoint): Content["checkpoints"][number] => ({
  checkpoint: one.id,
  epoch: one.epoch,
  lo: String(one.lo),
  hi: String(one.hi),
  count: one.count,
  root: one.root.toString("hex"),
  previous: one.previous.toString("hex"),
  created_at: one.createdAt.toISOString(),
  hash: one.hash.toString("hex"),
  signature: one.signature.toString("base64"),
  key_id: keyIdOf(one.publicKey),
});
