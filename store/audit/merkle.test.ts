import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MerkleRoot, pathsOf, rootBy } from "./merkle.ts";

const sha256 = (...parts: Buffer[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafOf = (data: Buffer): Buffer => sha256(Buffer.from([0]), data);
const rootOf = (leaves: Buffer[]): string => {
  const tree = new MerkleRoot();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root().toString("hex");
};

/** RFC 9162, section 2.1.1, to the letter: split at the largest power of two below n. */
function defined(leaves: Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return first;
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256(Buffer.from([1]), defined(leaves.slice(0, k)), defined(leaves.slice(k)));
}

describe("MerkleRoot", () => {
  it("gives the known roots of Certificate Transparency's test leaves", () => {
    const leaves = [
      "",
      "00",
      "10",
      "2021",
      "3031",
      "40414243",
      "5051525354555657",
      "606162636465666768696a6b6c6d6e6f",
    ].map((hex) => leafOf(Buffer.from(hex, "hex")));
    expect(rootOf([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(rootOf(leaves.slice(0, 1))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
    expect(rootOf(leaves.slice(0, 3))).toBe(
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    );
    expect(rootOf(leaves)).toBe("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  });

  it("is the tree that the RFC defines, for every size", () => {
    const leaves: Buffer[] = [];
    for (let size = 0; size <= 70; size += 1) {
      expect(rootOf(leaves)).toBe(defined(leaves).toString("hex"));
      leaves.push(leafOf(Buffer.from([size])));
    }
  });
});

describe("a path", () => {
  it("leads from each leaf to the root, for every size, and from no other place or leaf", () => {
    for (let size = 1; size <= 40; size += 1) {
      const leaves = Array.from({ length: size }, (_, index) => leafOf(Buffer.from([index])));
      const { root, paths } = pathsOf(leaves, [...leaves.keys()]);
      expect(root.toString("hex")).toBe(rootOf(leaves));
      for (const [index, leaf] of leaves.entries()) {
        const path = paths.get(index) ?? [];
        expect(rootBy(leaf, index, size, path)).toEqual(root);
        expect(rootBy(leafOf(Buffer.from([99])), index, size, path)).not.toEqual(root);
        expect(rootBy(leaf, index, size, [...path, root])).toBeNull();
        if (path.length > 0) expect(rootBy(leaf, index, size, path.slice(1))).not.toEqual(root);
        for (const other of leaves.keys())
          if (other !== index) expect(rootBy(leaf, other, size, path)).not.toEqual(root);
      }
      expect(rootBy(root, size, size, [])).toBeNull();
    }
  });
});
