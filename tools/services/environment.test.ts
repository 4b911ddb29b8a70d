import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { environmentFor } from "./environment.ts";
import { spawnService } from "./spawn.ts";

const SECRETS = {
  TOCSIN_MASTER_KEY: "k1:secret",
  DATABASE_URL: "postgres://x:secret@db",
  REDIS_URL: "redis://:secret@bus",
  AWS_SECRET_ACCESS_KEY: "secret",
  CHANNEL_SMS: '{"token":"secret"}',
  OIDC_CLIENT_SECRET: "secret",
  NODE_OPTIONS: "--require=secret",
  npm_config__authToken: "secret",
};

test("programs get what they need of the environment, and no secret", () => {
  const needed = {
    PATH: "/bin",
    HOME: "/home/x",
    LC_ALL: "C",
    https_proxy: "http://proxy",
    GOPROXY: "https://go.example",
    npm_config_registry: "https://npm.example",
  };
  expect(environmentFor({ ...needed, ...SECRETS, GOOGLE_API_KEY: "secret", LANGUAGE_KEY: "secret" })).toEqual(
    needed,
  );
});

test("a service that is started sees none of this process's secrets", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-env-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const before = { ...process.env };
  onTestFinished(() => void (process.env = before));
  Object.assign(process.env, SECRETS);
  const service = await spawnService("/usr/bin/env", [], { log: join(folder, "log") });
  await expect.poll(service.ended).toBe(true);
  expect(service.output()).toContain("PATH=");
  expect(service.output()).not.toContain("secret");
});

test("every program that is started for a service is given that environment alone", () => {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const calls = files.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    return [...text.matchAll(/\b(?:execFile\)|execFileSync|spawnSync|spawn|fork)\((?=\S)[^;]*;/g)].map(
      ([call]) => ({ name, call }),
    );
  });
  expect(calls.length).toBeGreaterThan(10);
  expect(calls.filter(({ call }) => !call.includes("environmentFor("))).toEqual([]);
});
