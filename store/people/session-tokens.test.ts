import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSessionTokens } from "./session-tokens.ts";

const keyed = (key: string) =>
  createSessionTokens({
    mac: (purpose, data) =>
      createHmac("sha256", key + purpose)
        .update(data)
        .digest(),
  });

describe("a session's token", () => {
  const tokens = keyed("installation");

  it("is known by any node of the installation, and by no other", () => {
    const token = tokens.make();
    expect(token).toMatch(/^[\w-]{43}\.[\w-]{22}$/);
    expect(tokens.make()).not.toBe(token);
    expect(keyed("installation").mayBe(token)).toBe(true);
    expect(keyed("another").mayBe(token)).toBe(false);
  });

  it("can't be made up, or be made of another one", () => {
    const [random = "", mac = ""] = tokens.make().split(".");
    const [other = ""] = tokens.make().split(".");
    for (const made of ["", ".", `${other}.${mac}`, `${random}.`, `${random}.${mac.slice(2)}`, `.${mac}`])
      expect(tokens.mayBe(made), made).toBe(false);
  });

  it("of an older node is looked up, but not without end", () => {
    const fresh = keyed("installation");
    const older = "a".repeat(43);
    const before = Math.floor(performance.now() / 1_000);
    const looked = Array.from({ length: 10_000 }, () => fresh.mayBe(older)).filter(Boolean);
    const seconds = Math.floor(performance.now() / 1_000) - before + 1;
    expect(looked.length).toBeGreaterThan(0);
    expect(looked.length).toBeLessThanOrEqual(seconds * 200);
  });
});
