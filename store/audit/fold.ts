import type { Checkpoint } from "./checkpoint.ts";
import { leafOf, type LeafRow } from "./leaf.ts";
import { MerkleRoot } from "./merkle.ts";

/** What the events that a checkpoint covers come to. */
interface Folded {
  tree: MerkleRoot;
  /** Numbers of the first ones whose leaf is not that of their content. */
  forged: number[];
}

/** Takes the events that the checkpoint covers. */
export async function fold(events: Peekable, { epoch, hi }: Checkpoint): Promise<Folded> {
  const tree = new MerkleRoot();
  const forged: number[] = [];
  for (;;) {
    const row = await events.peek();
    if (row === undefined || !isBefore(row, { epoch, xid: hi })) return { tree, forged };
    await events.next();
    tree.add(leafOf(row));
    if (faultOfLeaf(row) !== null && forged.length < 10) forged.push(row.id);
  }
}

/** How the events differ from those that were sealed; null where they do not. */
export function differenceOf(tree: MerkleRoot, { count, root }: Checkpoint): string | null {
  if (tree.count < count)
    return `holds ${tree.count} of ${count} sealed events: ${count - tree.count} deleted`;
  if (tree.count > count)
    return `holds ${tree.count} events where ${count} were sealed: ${tree.count - count} added later`;
  return tree.root().equals(root) ? null : "holds events that are not those sealed: altered or exchanged";
}

/** Whether an event comes before a transaction in the order of sealing. */
export const isBefore = (row: LeafRow, { epoch, xid }: { epoch: number; xid: bigint }): boolean =>
  row.epoch < epoch || (row.epoch === epoch && BigInt(row.xid) < xid);
export const faultOfLeaf = (row: LeafRow): string | null =>
  leafOf(row).equals(row.leaf) ? null : "was altered: its leaf is not that of its content";

/** A stream whose next item can be looked at before it is taken. */
export class Peekable {
  readonly #source: AsyncGenerator<LeafRow>;
  #next: LeafRow | undefined;

  constructor(source: AsyncGenerator<LeafRow>) {
    this.#source = source;
  }

  async peek(): Promise<LeafRow | undefined> {
    if (this.#next === undefined) {
      const { value, done } = await this.#source.next();
      this.#next = done === true ? undefined : value;
    }
    return this.#next;
  }

  async next(): Promise<LeafRow | undefined> {
    const row = await this.peek();
    this.#next = undefined;
    return row;
  }
}
