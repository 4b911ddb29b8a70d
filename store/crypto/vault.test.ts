import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createVault } from "./vault.ts";

const key = (id: string) => ({ id, key: randomBytes(32) });

describe("createVault", () => {
  it("opens what it sealed, and keeps nothing readable", () => {
    const vault = createVault([key("k1")]);
    const box = vault.seal(Buffer.from("Zebulon Quillfeather"), "row:1");
    expect(box.sealed.includes("Zebulon")).toBe(false);
    expect(vault.unseal(box, "row:1").toString()).toBe("Zebulon Quillfeather");
  });

  it("opens what an older key sealed, and seals with the first", () => {
    const [old, fresh] = [key("old"), key("fresh")];
    const box = createVault([old]).seal(Buffer.from("text"), "row:1");
    const rotated = createVault([fresh, old]);
    expect(rotated.unseal(box, "row:1").toString()).toBe("text");
    expect(rotated.seal(Buffer.from("text"), "row:1").key_id).toBe("fresh");
  });

  it("refuses a box that was moved to another row", () => {
    const vault = createVault([key("k1")]);
    const box = vault.seal(Buffer.from("text"), "row:1");
    expect(() => vault.unseal(box, "row:2")).toThrow();
  });

  it.each(["sealed", "wrapped_key"] as const)("refuses a box whose %s was altered", (part) => {
    const vault = createVault([key("k1")]);
    const box = vault.seal(Buffer.from("text"), "row:1");
    box[part][20] = (box[part][20] ?? 0) ^ 1;
    expect(() => vault.unseal(box, "row:1")).toThrow();
  });

  it("names the key that is missing", () => {
    const box = createVault([key("k1")]).seal(Buffer.from("text"), "row:1");
    expect(() => createVault([key("k2")]).unseal(box, "row:1")).toThrow('no key named "k1"');
  });
});
