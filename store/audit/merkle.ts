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

const join = (left: Buffer, right: Buffer): Buffer =>
  createHash("sha256").update(NODE).update(left).update(right).digest();
