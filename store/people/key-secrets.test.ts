import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { createKeySecrets, readKey } from "./key-secrets.ts";

const keyed = (key: string) =>
  createKeySecrets({
    mac: (purpose, data) =>
      createHmac("sha256", key + purpose)
        .update(data)
        .digest(),
  });
const secrets = keyed("installation");

it("knows the secrets that the installation made, for their key alone", () => {
  const secret = secrets.make("key");
  expect(readKey(`tocsin_key.${secret}`)).toEqual({ id: "key", secret });
  expect(secrets.judge({ id: "key", secret })).toBe("ours");
  expect(secrets.judge({ id: "other", secret })).toBe("made up");
  expect(keyed("another").judge({ id: "key", secret })).toBe("made up");
  expect(secrets.judge({ id: "key", secret: "x".repeat(secret.length) })).toBe("made up");
  expect(
    secrets.judge({ id: "key", secret: `${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}` }),
  ).toBe("made up");
  expect(secrets.make("key")).not.toBe(secret);
});

it("can't say of a secret from before there was a MAC", () => {
  expect(secrets.judge({ id: "key", secret: "x".repeat(43) })).toBe("older");
});

it.each([
  "",
  "tocsin_key",
  "tocsin_.x",
  `tocsin_key.${"x".repeat(19)}`,
  `tocsin_key.${"x".repeat(129)}`,
  "Tocsin_key.x",
])("reads no key in %j", (text) => {
  expect(readKey(text)).toBeNull();
});
