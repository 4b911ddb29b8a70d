import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** Calls by which a program or a thread is started, and those that hand their environment on as it is, with the reason. */
const STARTS = /\b(?:execFile\)|execFile|execFileSync|spawnSync|spawn|fork|new Worker)\((?=[^)\s])[^;]*;/g;
const OWN_KIND: Record<string, string> = {
  "config/kms/command.ts":
    "the site's own program, which has what belongs to it, and nothing of this one's (test/kms.test.ts)",
  "tools/backup/restore.ts": "npm run audit:verify, on the same database",
  "tools/check.ts": "the checks of a clone",
  "tools/dev.ts": "npm start itself",
  "tools/setup.mjs": "what its callers give: the same list (tools/setup.test.mjs)",
};

test("every program and thread that is started is given that environment alone, or less", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const files = globSync(
    "{activities,api,channels,config,node,on-call,plugins,redaction,store,tools,workflows}/**/*.{ts,mjs}",
    { cwd: root },
  ).filter((path) => !/node_modules|\.test\.|^tools\/bench/.test(path));
  const calls = files.flatMap((name) =>
    [...readFileSync(join(root, name), "utf8").matchAll(STARTS)].map(([call]) => ({ name, call })),
  );
  expect(calls.length).toBeGreaterThan(20);
  const others = calls.filter(
    ({ call }) => !/environmentFor\(|\benv: (compiled === undefined \? )?\{\}/.test(call),
  );
  expect(others.filter(({ name }) => !(name in OWN_KIND))).toEqual([]);
  expect([...new Set(others.map(({ name }) => name))].toSorted()).toEqual(Object.keys(OWN_KIND));
});
