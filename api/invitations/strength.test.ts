import { expect, it } from "vitest";
import { isWeak } from "./strength.ts";

const ABOUT = ["ada.example@west.example", "Ada", "Example", "West"];

it.each([
  "password1234",
  "123456789012",
  "qwertyuiopas",
  "iloveyou1234",
  "passwordpassword",
  "P@ssw0rd1234",
  "aaaaaaaaaaaaaaaaaaaaaaaa",
  "a".repeat(1_000),
  "abcd1234".repeat(125),
  "ada.example@west.example",
  "exampleexample",
  "tocsin-tocsin-1",
  "Tocsin.Tocsin_1",
  "demo-clinician",
  "correcthorsebatterystaple",
  "correct horse battery staple",
])("finds %s easy to guess", async (password) => {
  expect(await isWeak(password, ABOUT)).toBe(true);
});

it.each([
  "correct horse battery stable",
  "a long enough password",
  "kW9$vR2!mQz7",
  "kW9-vR2_mQz7.tL",
  `${"a".repeat(900)} correct horse battery stable`,
  "Grüße aus dem Oberland",
])("takes %s", async (password) => {
  expect(await isWeak(password, ABOUT)).toBe(false);
});

it("is bounded on what takes the longest", async () => {
  const before = process.cpuUsage();
  await isWeak("a4@sS5$e3i1!o0l7+".repeat(59).slice(0, 1_000), ABOUT);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(8);
});
