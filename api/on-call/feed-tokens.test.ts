import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { createFeedTokens } from "./feed-tokens.ts";

const withKey = (key: string) =>
  createFeedTokens({
    mac: (purpose, text) => createHmac("sha256", key).update(`${purpose} ${text}`).digest(),
  });

it("tells its own tokens from made-up ones without a look-up", () => {
  const tokens = withKey("a");
  const token = tokens.make();
  expect(tokens.mayBe(token)).toBe(true);
  expect(token).not.toBe(tokens.make());
  const [random = "", mac = ""] = token.split(".");
  for (const other of ["", "guess", random, `${random}.`, `x${random.slice(1)}.${mac}`, withKey("b").make()])
    expect(tokens.mayBe(other), other).toBe(false);
});
