import { createHash } from "node:crypto";
import { must } from "../../config/must.ts";

const NODE = Buffer.from([0x01]);

/**
 * A Merkle tree's root, computed as leaves come, with memory for one hash a level. The tree is that of RFC 9162, section 2.1.1:
 * leaves arrive hashed under the prefix 0x00, inner nodes are SHA-256(0x01 ‖ left ‖ right), no leaf counts twice.
 */
export class MerkleRoot {
  /** Roots of the full subtrees so far, largest first: one for each bit that is set in `count`. */
  readonly #peaks: Buffer[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(leaf: Buffer): void {
    let node = leaf;
    for (let size = this.#count; size % 2 === 1; size = (size - 1) / 2) {
      node = join(must(this.#peaks.pop(), "subtree on the left"), node);
    }
    this.#peaks.push(node);
    this.#count += 1;
  }

  /** The root of all leaves so far; SHA-256 of nothing when there is none. */
  root(): Buffer {
    const last = this.#peaks.at(-1);
    if (last === undefined) return createHash("sha256").digest();
    return this.#peaks.slice(0, -1).reduceRight((right, left) => join(left, right), last);
  }
}

/**
 * The root of some leaves, and the hashes beside the way from each wanted leaf to it, from below: RFC 9162, section 2.1.3.1.
 * @param wanted places of leaves, from 0
 */
export function pathsOf(
  leaves: readonly Buffer[],
  wanted: readonly number[],
): { root: Buffer; paths: Map<number, Buffer[]> } {
  const paths = new Map<number, Buffer[]>(wanted.map((index) => [index, []]));
  const walk = (from: number, to: number): Buffer => {
    const within = [...paths.keys()].filter((index) => index >= from && index < to);
    if (within.length === 0 || to - from === 1) return rootOf(leaves.slice(from, to));
    const half = from + 2 ** Math.floor(Math.log2(to - from - 1));
    const [left, right] = [walk(from, half), walk(half, to)];
    for (const index of within) paths.get(index)?.push(index < half ? right : left);
    return join(left, right);
  };
  return { root: walk(0, leaves.length), paths };
}

/** The root of a whole list of leaves. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const tree = new MerkleRoot();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root();
}

/**
 * The root to which a path leads; null where a tree of `count` leaves has no such path. RFC 9162, section 2.1.3.2.
 * @param index of the leaf, from 0
 */
export function rootBy(leaf: Buffer, index: number, count: number, path: readonly Buffer[]): Buffer | null {
  if (index >= count) return null;
  let [at, last] = [index, count - 1];
  let node = leaf;
  for (const beside of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      node = join(beside, node);
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2);
    } else node = join(node, beside);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? node : null;
}

const join = (left: Buffer, right: Buffer): Buffer =>
  createHash("sha256").update(NODE).update(left).update(right).digest();
