import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { createTokens } from "./tokens.ts";

const withKey = (key: string) =>
  createTokens(
    { mac: (purpose, text) => createHmac("sha256", key).update(`${purpose} ${text}`).digest() },
    "test",
  );

it("tells its own tokens from made-up ones without a look-up", () => {
  const tokens = withKey("a");
  const token = tokens.make();
  expect(tokens.mayBe(token)).toBe(true);
  expect(token).not.toBe(tokens.make());
  const [random = "", mac = ""] = token.split(".");
  const first = random.startsWith("x") ? "y" : "x";
  const changed = [`${first}${random.slice(1)}.${mac}`, `${token}.1`, `${token}=`, `${token} `];
  for (const other of ["", "guess", random, `${random}.`, ...changed, withKey("b").make()])
    expect(tokens.mayBe(other), other).toBe(false);
});
