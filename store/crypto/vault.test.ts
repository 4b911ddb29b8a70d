import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSealer } from "./vault.ts";

const key = (id: string) => ({ id, key: randomBytes(32) });

describe("createSealer", () => {
  it("opens what it sealed, and keeps nothing readable", () => {
    const sealer = createSealer([key("k1")]);
    const box = sealer.seal(Buffer.from("Zebulon Quillfeather"), "row:1");
    expect(box.sealed.includes("Zebulon")).toBe(false);
    expect(sealer.unseal(box, "row:1").toString()).toBe("Zebulon Quillfeather");
  });

  it("opens what an older key sealed, and seals with the first", () => {
    const [old, fresh] = [key("old"), key("fresh")];
    const box = createSealer([old]).seal(Buffer.from("text"), "row:1");
    const rotated = createSealer([fresh, old]);
    expect(rotated.unseal(box, "row:1").toString()).toBe("text");
    expect(rotated.seal(Buffer.from("text"), "row:1").key_id).toBe("fresh");
  });

  it("refuses a box that was moved to another row", () => {
    const sealer = createSealer([key("k1")]);
    const box = sealer.seal(Buffer.from("text"), "row:1");
    expect(() => sealer.unseal(box, "row:2")).toThrow();
  });

  it.each(["sealed", "wrapped_key"] as const)("refuses a box whose %s was altered", (part) => {
    const sealer = createSealer([key("k1")]);
    const box = sealer.seal(Buffer.from("text"), "row:1");
    box[part][20] = (box[part][20] ?? 0) ^ 1;
    expect(() => sealer.unseal(box, "row:1")).toThrow();
  });

  it("names the key that is missing", () => {
    const box = createSealer([key("k1")]).seal(Buffer.from("text"), "row:1");
    expect(() => createSealer([key("k2")]).unseal(box, "row:1")).toThrow('no key named "k1"');
  });
});
