import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { demoUser, Person } from "../../testing/client.ts";
import { Browser, type OpenIdProvider, startOpenIdProvider } from "../../testing/openid.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { freePorts } from "../../tools/services/spawn.ts";

const Who = z.object({ user_id: z.string() });

let site: Site;
let node: Program;
let provider: OpenIdProvider;
let owner: pg.Client;
let redirectUri: string;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  redirectUri = `${url}/api/sessions/oidc/callback`;
  provider = await startOpenIdProvider(redirectUri, (login) => ({
    email: login.replace(/^(another|unverified) /, ""),
    email_verified: !login.startsWith("unverified"),
  }));
  site = await createSite({
    PORT: String(port),
    PUBLIC_URL: url,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: "tocsin",
    OIDC_CLIENT_SECRET: "a secret of the tests",
  });
  node = await site.start({ role: "api" });
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  for (const table of ["user_identities", "users", "audit_events"])
    await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
});
afterAll(async () => {
  await owner.end();
  await site.close();
  await provider.close();
});

/** Signs in at the provider as `login`; answers where the browser ends up, and who is signed in then. */
async function signInAs(
  login: string,
  browser = new Browser(),
): Promise<{ to: string | null; user: string | null; callback: string }> {
  const callback = await browser.passProvider(`${node.url}/api/sessions/oidc`, login, redirectUri);
  const response = await browser.fetch(callback);
  return { to: response.headers.get("location"), user: await whoIs(browser), callback };
}

async function whoIs(browser: Browser): Promise<string | null> {
  const response = await browser.fetch(`${node.url}/api/sessions`);
  return response.status === 200 ? Who.parse(await response.json()).user_id : null;
}

const FAILED = { to: "/sign-in?problem=oidc-failed", user: null };
const UNKNOWN = { to: "/sign-in?problem=oidc-unknown", user: null };

it("says that there is a provider, and leads there with PKCE, state and nonce", async () => {
  expect(await (await fetch(`${node.url}/api/sessions/methods`)).json()).toEqual({
    password: true,
    oidc: true,
  });
  const response = await fetch(`${node.url}/api/sessions/oidc`, { redirect: "manual" });
  const to = new URL(response.headers.get("location") ?? "");
  expect(to.origin).toBe(provider.issuer);
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    response_type: "code",
    redirect_uri: redirectUri,
    code_challenge_method: "S256",
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const cookie = response.headers.get("set-cookie") ?? "";
  expect(cookie).toContain("httponly");
  expect(cookie).not.toContain(to.searchParams.get("state"));
});

it("lets somebody in by the verified email, then by the subject, on record", async () => {
  const { email, user_id } = demoUser(await site.demo(), "clinician");
  expect(await signInAs(email)).toMatchObject({ to: "/", user: user_id });
  const identities = (await owner.query("SELECT issuer, subject, user_id FROM user_identities")).rows;
  expect(identities).toEqual([{ issuer: provider.issuer, subject: email, user_id }]);
  await owner.query("UPDATE users SET email = 'moved@tocsin.example' WHERE id = $1", [user_id]);
  expect(await signInAs(email)).toMatchObject({ to: "/", user: user_id });
  await owner.query("UPDATE users SET email = $2 WHERE id = $1", [user_id, email]);
  const { rows } = await owner.query(
    "SELECT action, payload FROM audit_events WHERE action IN ('session.open', 'user.link') ORDER BY id",
  );
  expect(rows).toMatchObject([
    { action: "user.link" },
    { action: "session.open", payload: { user_id, means: "oidc" } },
    { action: "session.open", payload: { user_id, means: "oidc" } },
  ]);
});

it("lets nobody in by an unverified email, as another subject with the same email, or unknown", async () => {
  const [linked, other] = [
    demoUser(await site.demo(), "clinician"),
    demoUser(await site.demo(), "clinician", 1),
  ];
  expect(await signInAs(`unverified ${other.email}`)).toMatchObject(UNKNOWN);
  expect(await signInAs(`another ${linked.email}`)).toMatchObject(UNKNOWN);
  expect(await signInAs("stranger@tocsin.example")).toMatchObject(UNKNOWN);
  const { rows } = await owner.query("SELECT count(*)::int AS users FROM users");
  expect(rows).toEqual([{ users: (await site.demo()).users.length }]);
});

it("lets nobody in whom an admin has disabled", async () => {
  const demo = await site.demo();
  const { email, user_id } = demoUser(demo, "clinician", 1);
  const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
  expect((await admin.fetch(`/api/users/${user_id}`, { method: "DELETE" })).status).toBe(204);
  expect(await signInAs(email)).toMatchObject(UNKNOWN);
});

it("takes an answer of the provider once, from the browser that asked, unaltered", async () => {
  const { email } = demoUser(await site.demo(), "clinician", 2);
  const name = "tocsin-oidc";
  const browser = new Browser();
  const callback = await browser.passProvider(`${node.url}/api/sessions/oidc`, email, redirectUri);
  const kept = browser.cookie(node.url, name) ?? "";

  // Somebody who lures another into opening this address signs nobody in.
  const stranger = new Browser();
  expect((await stranger.fetch(callback)).headers.get("location")).toBe(FAILED.to);
  await stranger.fetch(`${node.url}/api/sessions/oidc`);
  expect((await stranger.fetch(callback)).headers.get("location")).toBe(FAILED.to);
  expect(await whoIs(stranger)).toBeNull();

  const altered = new Browser();
  await altered.fetch(`${node.url}/api/sessions/methods`);
  altered.setCookie(node.url, name, `${kept.slice(0, -2)}AA`);
  expect((await altered.fetch(callback)).headers.get("location")).toBe(FAILED.to);

  const wrongState = new URL(callback);
  wrongState.searchParams.set("state", "x".repeat(43));
  const copy = new Browser();
  await copy.fetch(`${node.url}/api/sessions/methods`);
  copy.setCookie(node.url, name, kept);
  expect((await copy.fetch(wrongState.href)).headers.get("location")).toBe(FAILED.to);

  expect((await browser.fetch(callback)).headers.get("location")).toBe("/");
  expect(await whoIs(browser)).toBe("demo-clinician-3");
  expect(browser.cookie(node.url, name)).toBeUndefined();

  const replay = new Browser();
  await replay.fetch(`${node.url}/api/sessions/methods`);
  replay.setCookie(node.url, name, kept);
  expect((await replay.fetch(callback)).headers.get("location")).toBe(FAILED.to);
  expect(await whoIs(replay)).toBeNull();
});

it("is not there where no provider is configured, and answers 503 while the provider is away", async () => {
  const without = await site.start({
    role: "api",
    env: { PORT: "0", PUBLIC_URL: "", OIDC_ISSUER: "", OIDC_CLIENT_ID: "", OIDC_CLIENT_SECRET: "" },
  });
  expect((await fetch(`${without.url}/api/sessions/oidc`)).status).toBe(404);
  expect((await fetch(`${without.url}/api/sessions/oidc/callback`)).status).toBe(404);
  const [port = 0, dead = 0] = await freePorts(2);
  const away = await site.start({
    role: "api",
    env: {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      OIDC_ISSUER: `http://127.0.0.1:${dead}`,
    },
  });
  const response = await fetch(`${away.url}/api/sessions/oidc`, { redirect: "manual" });
  expect(response.status).toBe(503);
});
