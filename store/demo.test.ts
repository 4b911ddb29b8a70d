import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../config/env.ts";
import { createMigratedDatabase } from "../testing/database.ts";
import { configFor } from "../testing/hospital.ts";
import { loadInstallationKey } from "./crypto/secrets.ts";
import { createVault } from "./crypto/vault.ts";
import { openDatabase } from "./db/knex.ts";
import { seedDemo } from "./demo.ts";

test("a TOCSIN_HOME that can't be written is said in words", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-demo-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const database = await createMigratedDatabase();
  onTestFinished(() => database.drop());
  const knex = openDatabase(database.url, { max: 1 });
  onTestFinished(() => knex.destroy());
  const secrets = await loadInstallationKey(knex, createVault(configFor(database.url).masterKeys));
  const home = join(folder, "file");
  writeFileSync(home, "");
  const refused = await seedDemo(knex, secrets, "http://localhost", home).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConfigError);
  expect(refused).toHaveProperty(
    "message",
    expect.stringContaining("TOCSIN_HOME: demo.json can't be written"),
  );
});
