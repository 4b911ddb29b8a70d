import type pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type MailServer, startMailServer } from "../../plugins/email/testing/server.ts";
import { until } from "../../testing/until.ts";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import { invite } from "../../store/people/invitations.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, older } from "../../testing/nouns.ts";
import { type Assurance, Browser, type OpenIdProvider, startOpenIdProvider } from "../../testing/openid.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { freePorts } from "../../tools/services/spawn.ts";

const Who = z.object({ user_id: z.string() });

let hospital: Hospital;
let server: TestServer;
let provider: OpenIdProvider;
let owner: pg.Client;
let redirectUri: string;
let mail: MailServer;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  redirectUri = `${url}/api/sessions/oidc/callback`;
  provider = await startOpenIdProvider(redirectUri, (login) => ({
    email: login.replace(/^(another|unverified) /, ""),
    email_verified: !login.startsWith("unverified"),
  }));
  hospital = await createHospital();
  mail = await startMailServer({ secure: true });
  server = await startServer(hospital, {
    PORT: String(port),
    PUBLIC_URL: url,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: "tocsin",
    OIDC_CLIENT_SECRET: "a secret of the tests",
    CHANNEL_EMAIL: JSON.stringify({
      ...{ host: "127.0.0.1", port: mail.port, tls: "implicit", ca: mail.cert },
      from: "tocsin@hospital.example",
    }),
    CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
  });
  owner = await hospital.owner("user_identities", "users", "audit_events", "territories", "invitations");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  await provider.close();
  await mail.close();
});

/** How often somebody was told that their account is linked at the provider. */
const toldOfLink = (email: string): number =>
  mail.mails.filter(({ to, raw }) => to.includes(email) && raw.includes("linked to a sign-in")).length;

/** Signs in at the provider as `login`; answers where the browser ends up, and who is signed in then. */
async function signInAs(
  login: string,
  browser = new Browser(),
): Promise<{ to: string | null; user: string | null; callback: string }> {
  const callback = await browser.passProvider(`${server.url}/api/sessions/oidc`, login, redirectUri);
  const response = await browser.fetch(callback);
  return { to: response.headers.get("location"), user: await whoIs(browser), callback };
}

/** Goes to the provider with an invitation, as `login`; answers the address that leads back. */
async function goWith(token: string, login: string, browser: Browser): Promise<string> {
  const answer = await server.post("/api/invitations/oidc", { token });
  const { url } = answer.read(z.object({ url: z.url() }));
  const [, cookie = ""] = /tocsin-oidc=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "") ?? [];
  await browser.fetch(`${server.url}/api/sessions/methods`);
  browser.setCookie(server.url, "tocsin-oidc", cookie);
  return await browser.passProvider(url, login, redirectUri);
}

async function whoIs(browser: Browser): Promise<string | null> {
  const response = await browser.fetch(`${server.url}/api/sessions`);
  return response.status === 200 ? Who.parse(await response.json()).user_id : null;
}

const FAILED = { to: "/sign-in?problem=oidc-failed", user: null };
const UNKNOWN = { to: "/sign-in?problem=oidc-unknown", user: null };

it("says that there is a provider, and leads there with PKCE, state and nonce", async () => {
  expect((await server.get("/api/sessions/methods")).body).toEqual({
    password: true,
    oidc: true,
    passkey: true,
  });
  const response = await server.get("/api/sessions/oidc");
  const to = new URL(must(response.headers.get("location"), "Location"));
  expect(to.origin).toBe(provider.issuer);
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    response_type: "code",
    redirect_uri: redirectUri,
    code_challenge_method: "S256",
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const cookie = must(response.headers.get("set-cookie"), "cookie");
  expect(cookie).toContain("httponly");
  expect(cookie).not.toContain(to.searchParams.get("state"));
});

it("lets somebody in by the verified email, then by the subject, on record", async () => {
  const { email, id: user_id } = hospital.people.north1;
  await actAs(hospital.knex, "sign-in", (trx) => invite(trx, user_id, older));
  expect(await signInAs(email)).toMatchObject({ to: "/", user: user_id });
  await until("they are told", () => toldOfLink(email) === 1);
  // Whoever holds that link would be them as well.
  const { rows: links } = await owner.query("SELECT over_at FROM invitations WHERE user_id = $1", [user_id]);
  expect(links).toEqual([{ over_at: expect.any(Date) }]);
  const identities = (await owner.query("SELECT issuer, subject, user_id FROM user_identities")).rows;
  expect(identities).toEqual([{ issuer: provider.issuer, subject: email, user_id }]);
  await owner.query("UPDATE users SET email = 'moved@tocsin.example' WHERE id = $1", [user_id]);
  expect(await signInAs(email)).toMatchObject({ to: "/", user: user_id });
  await owner.query("UPDATE users SET email = $2 WHERE id = $1", [user_id, email]);
  expect(toldOfLink(email)).toBe(1);
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
  const { north1: linked, north2: other } = hospital.people;
  expect(await signInAs(`unverified ${other.email}`)).toMatchObject(UNKNOWN);
  expect(await signInAs(`another ${linked.email}`)).toMatchObject(UNKNOWN);
  expect(await signInAs("stranger@tocsin.example")).toMatchObject(UNKNOWN);
  const { rows } = await owner.query("SELECT count(*)::int AS users FROM users");
  expect(rows).toEqual([{ users: Object.keys(hospital.people).length }]);
});

it("lets nobody in by an email that only folds to theirs, nor an admin or an auditor by any", async () => {
  const { admin, auditor } = hospital.people;
  await aPerson(hospital, { id: "kim-i", territory: "north" });
  const { rows: before } = await owner.query("SELECT * FROM user_identities");
  for (const login of ["\u212Aim-i", "kim-İ", "kim-ı", "Kİm-i", "ｋim-i"].map(
    (name) => `${name}@tocsin.example`,
  ))
    expect(await signInAs(login), login).toMatchObject(UNKNOWN);
  for (const { email } of [admin, auditor]) expect(await signInAs(email), email).toMatchObject(UNKNOWN);
  expect((await owner.query("SELECT * FROM user_identities")).rows).toEqual(before);
  expect(await signInAs("KIM-I@Tocsin.Example")).toMatchObject({ to: "/", user: "kim-i" });
});

it("lets nobody in whom an admin has disabled", async () => {
  const { admin, north2 } = hospital.people;
  expect((await server.delete(`/api/users/${north2.id}`, as(admin))).status).toBe(204);
  expect(await signInAs(north2.email)).toMatchObject(UNKNOWN);
});

it("takes an answer of the provider once, from the browser that asked, unaltered", async () => {
  const { email } = hospital.people.south1;
  const name = "tocsin-oidc";
  const browser = new Browser();
  const callback = await browser.passProvider(`${server.url}/api/sessions/oidc`, email, redirectUri);
  const kept = must(browser.cookie(server.url, name), "cookie");

  // Somebody who lures another into opening this address signs nobody in.
  const stranger = new Browser();
  expect((await stranger.fetch(callback)).headers.get("location")).toBe(FAILED.to);
  await stranger.fetch(`${server.url}/api/sessions/oidc`);
  expect((await stranger.fetch(callback)).headers.get("location")).toBe(FAILED.to);
  expect(await whoIs(stranger)).toBeNull();

  const altered = new Browser();
  await altered.fetch(`${server.url}/api/sessions/methods`);
  altered.setCookie(server.url, name, `${kept.startsWith("A") ? "B" : "A"}${kept.slice(1)}`);
  expect((await altered.fetch(callback)).headers.get("location")).toBe(FAILED.to);

  const wrongState = new URL(callback);
  wrongState.searchParams.set("state", "x".repeat(43));
  const copy = new Browser();
  await copy.fetch(`${server.url}/api/sessions/methods`);
  copy.setCookie(server.url, name, kept);
  expect((await copy.fetch(wrongState.href)).headers.get("location")).toBe(FAILED.to);

  expect((await browser.fetch(callback)).headers.get("location")).toBe("/");
  expect(await whoIs(browser)).toBe("south-1");
  expect(browser.cookie(server.url, name)).toBeUndefined();

  const replay = new Browser();
  await replay.fetch(`${server.url}/api/sessions/methods`);
  replay.setCookie(server.url, name, kept);
  expect((await replay.fetch(callback)).headers.get("location")).toBe(FAILED.to);
  expect(await whoIs(replay)).toBeNull();
});

it("takes no answer in another provider's name, with another sign-in's code, or of two minds", async () => {
  const { email } = hospital.people.south1;
  const begin = async (login: string) => {
    const browser = new Browser();
    const callback = await browser.passProvider(`${server.url}/api/sessions/oidc`, login, redirectUri);
    return { browser, callback: new URL(callback) };
  };
  const victim = await begin(email);
  const code = must(victim.callback.searchParams.get("code"), "code");
  const state = must(victim.callback.searchParams.get("state"), "state");
  const lies: ((to: URLSearchParams) => void)[] = [
    (to) => to.set("iss", "https://evil.example"),
    (to) => to.delete("iss"),
    // Somebody else's code, caught on its way, brought to a sign-in of one's own.
    (to) => to.set("code", code),
    (to) => to.set("state", state),
    (to) => to.append("code", code),
    (to) => to.append("state", state),
    (to) => to.delete("state"),
    (to) => to.set("response", "e30.e30."),
  ];
  for (const [index, lie] of lies.entries()) {
    const { browser, callback } = await begin("stranger@tocsin.example");
    lie(callback.searchParams);
    const answer = await browser.fetch(callback.href);
    expect([index, answer.headers.get("location")]).toEqual([index, FAILED.to]);
    expect(await whoIs(browser)).toBeNull();
  }
});

it("leaves whom the provider lets in no password once they are given a role of the installation: who made their link may have set it", async () => {
  const admin = as(hospital.people.admin);
  const [user_id, email, password] = ["kept-out", "kept-out@tocsin.example", "a long enough one"];
  const made = await server.post("/api/users", { user_id, email, name: "K" }, admin);
  const { token } = made.read(z.object({ invitation: z.object({ token: z.string() }) })).invitation;
  expect((await server.post("/api/invitations", { token, password })).status).toBe(204);
  expect(await signInAs(email)).toMatchObject({ to: "/", user: user_id });
  const byPassword = async () => (await server.post("/api/sessions", { email, password })).status;
  expect(await byPassword()).toBe(201);
  expect((await server.patch(`/api/users/${user_id}`, { roles: ["auditor"] }, admin)).status).toBe(200);
  expect(await byPassword()).toBe(401);
  expect(await signInAs(email)).toMatchObject({ to: "/", user: user_id });
});

it("joins an account at the provider by an invitation, once: an admin's too, whatever the email there", async () => {
  const admin = as(hospital.people.admin);
  const Invited = z.object({ invitation: z.object({ token: z.string() }) });
  const make = async (user_id: string) =>
    (await server.post("/api/users", { user_id, email: `${user_id}@tocsin.example`, name: "J" }, admin)).read(
      Invited,
    ).invitation.token;
  const before = await make("joined-1");
  await server.patch("/api/users/joined-1", { roles: ["admin"] }, admin);
  expect((await server.post("/api/invitations/oidc", { token: before })).status).toBe(410);
  const { token } = (await server.post("/api/users/joined-1/invitation", undefined, admin)).read(
    z.object({ token: z.string() }),
  );
  expect(await signInAs("joined-1@tocsin.example")).toMatchObject(UNKNOWN);
  const browser = new Browser();
  const callback = await goWith(token, "another login", browser);
  const late = new Browser();
  const second = await goWith(token, "late login", late);
  expect((await browser.fetch(callback)).headers.get("location")).toBe("/");
  expect(await whoIs(browser)).toBe("joined-1");
  await until("they are told", () => toldOfLink("joined-1@tocsin.example") === 1);
  expect((await late.fetch(second)).headers.get("location")).toBe(UNKNOWN.to);
  expect((await server.post("/api/invitations/oidc", { token })).status).toBe(410);
  expect((await server.post("/api/invitations", { token, password: "a long enough one" })).status).toBe(410);
  expect(await signInAs("another login")).toMatchObject({ to: "/", user: "joined-1" });

  // A subject that stands for somebody already takes nobody else's place, and the invitation stays good.
  const other = await make("joined-2");
  const taken = new Browser();
  expect((await taken.fetch(await goWith(other, "another login", taken))).headers.get("location")).toBe(
    UNKNOWN.to,
  );
  expect(
    (await server.post("/api/invitations", { token: other, password: "a long enough one" })).status,
  ).toBe(204);
});

it("lets nobody in by an email that an admin has given somebody", async () => {
  const admin = as(hospital.people.admin);
  const moved = await aPerson(hospital, { id: "given", territory: "north" });
  await server.patch(`/api/users/${moved.id}`, { email: "mine@tocsin.example" }, admin);
  expect(await signInAs("mine@tocsin.example")).toMatchObject(UNKNOWN);
});

it("links nobody by email again whose counterpart an admin took off: an invitation does", async () => {
  const admin = as(hospital.people.admin);
  // Nobody else is there who could confirm it.
  await owner.query("DELETE FROM user_identities WHERE user_id = 'joined-1'");
  const person = await aPerson(hospital, { id: "taken-off", territory: "north" });
  expect(await signInAs(person.email)).toMatchObject({ to: "/", user: person.id });
  expect((await server.patch(`/api/users/${person.id}`, { identity: null }, admin)).status).toBe(200);
  expect(await signInAs(person.email)).toMatchObject(UNKNOWN);
  const invited = await server.post(`/api/users/${person.id}/invitation`, undefined, admin);
  const { token } = invited.read(z.object({ token: z.string() }));
  const browser = new Browser();
  const callback = await goWith(token, person.email, browser);
  expect((await browser.fetch(callback)).headers.get("location")).toBe("/");
  expect(await signInAs(person.email)).toMatchObject({ to: "/", user: person.id });
});

it("counts a session as confirmed by what the provider says of when it asked, not by a silent sign-in there", async () => {
  const { id, email } = await aPerson(hospital, { id: "silent-sso", territory: "north" });
  const sessions = await hospital.owner("sessions");
  const age = async (): Promise<number> => {
    const { rows } = await sessions.query(
      "SELECT extract(epoch FROM now() - confirmed_at)::float8 AS age FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1",
      [id],
    );
    return Number(rows[0]?.age);
  };
  const browser = new Browser();
  const signIn = async (query = "", options = {}): Promise<number> => {
    const start = `${server.url}/api/sessions/oidc${query}`;
    await browser.fetch(await browser.passProvider(start, email, redirectUri, options));
    return (
      await browser.fetch(`${server.url}/api/second-factor`, undefined, {
        method: "POST",
        origin: server.url,
      })
    ).status;
  };
  await signIn();
  await sessions.query(
    "UPDATE sessions SET confirmed_at = now() - interval '11 minutes' WHERE user_id = $1",
    [id],
  );
  // The provider knows the browser, and shows no form.
  expect(await signIn("", { withoutForms: true })).toBe(403);
  expect(await age()).toBeGreaterThan(600);
  await expect(signIn("?again=true", { withoutForms: true })).rejects.toThrow("asks for login");
  expect(await signIn("?again=true")).toBe(201);
  expect(await age()).toBeLessThan(60);
});

it("bars nobody for coming back with nothing in hand", async () => {
  for (let index = 0; index < 40; index++) {
    const empty = await server.get(`/api/sessions/oidc/callback${index % 2 === 0 ? "" : "?code=x&state=y"}`);
    expect(empty.headers.get("location")).toBe(FAILED.to);
  }
  expect(await signInAs(hospital.people.south1.email)).toMatchObject({ to: "/", user: "south-1" });
});

it.each(["a newcomer", "a device that is known"])(
  "bounds how often made-up answers of %s have it ask the provider",
  async (who) => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const strict = await startServer(hospital, {
      PORT: String(port),
      PUBLIC_URL: url,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: "tocsin",
      OIDC_CLIENT_SECRET: "a secret of the tests",
      RATE_FAILURES_PER_MINUTE: "5",
      RATE_ACCOUNT_FAILURES: "3",
    });
    onTestFinished(() => strict.stop());
    const browser = new Browser();
    if (who === "a device that is known") {
      const password = "a long enough password";
      const { email } = await aPerson(hospital, { id: "guesser", territory: "north", password });
      const init = { method: "POST", origin: url, json: { email, password } };
      expect((await browser.fetch(`${url}/api/sessions`, undefined, init)).status).toBe(201);
    }
    const begun = await browser.fetch(`${url}/api/sessions/oidc`);
    const state = new URL(must(begun.headers.get("location"), "Location")).searchParams.get("state") ?? "";
    const pending = must(browser.cookie(url, "tocsin-oidc"), "cookie");
    const made = new URLSearchParams({ state, code: "made-up", iss: provider.issuer });
    const before = provider.tokensAsked();
    const statuses: number[] = [];
    for (let n = 0; n < 20; n++) {
      browser.setCookie(url, "tocsin-oidc", pending);
      statuses.push((await browser.fetch(`${url}/api/sessions/oidc/callback?${made}`)).status);
    }
    const bound = who === "a newcomer" ? 5 : 3 + 5;
    expect(provider.tokensAsked() - before).toBe(bound);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20 - bound);
  },
);

it("is not there where no provider is configured, and answers 503 while the provider is away", async () => {
  const without = await startServer(hospital);
  expect((await without.get("/api/sessions/oidc")).status).toBe(404);
  expect((await without.get("/api/sessions/oidc/callback")).status).toBe(404);
  await without.stop();
  const [port = 0, dead = 0] = await freePorts(2);
  const away = await startServer(hospital, {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    OIDC_ISSUER: `http://127.0.0.1:${dead}`,
    OIDC_CLIENT_ID: "tocsin",
    OIDC_CLIENT_SECRET: "a secret of the tests",
  });
  expect((await away.get("/api/sessions/oidc")).status).toBe(503);
  await away.stop();
});

it("takes the provider's word for a second factor, and nothing else for one, where a role demands it", async () => {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const back = `${url}/api/sessions/oidc/callback`;
  const said: Record<string, Assurance> = {
    strong: { acr: "urn:example:strong" },
    mfa: { amr: ["pwd", "mfa"] },
    weak: { acr: "urn:example:weak", amr: ["pwd", "otp"] },
    silent: {},
  };
  const other = await startOpenIdProvider(
    back,
    (login) => ({ email: login, email_verified: true }),
    (login) => said[login.split("@")[0] ?? ""] ?? {},
  );
  onTestFinished(() => other.close());
  const strict = await startServer(hospital, {
    PORT: String(port),
    PUBLIC_URL: url,
    OIDC_ISSUER: other.issuer,
    OIDC_CLIENT_ID: "tocsin",
    OIDC_CLIENT_SECRET: "a secret of the tests",
    OIDC_ACR_VALUES: "urn:example:strong urn:example:stronger",
  });
  onTestFinished(() => strict.stop());
  const asked = must((await strict.get("/api/sessions/oidc")).headers.get("location"), "Location");
  expect(new URL(asked).searchParams.get("acr_values")).toBe("urn:example:strong urn:example:stronger");
  const signIn = async (id: string): Promise<string | null> => {
    const browser = new Browser();
    const callback = await browser.passProvider(`${url}/api/sessions/oidc`, `${id}@tocsin.example`, back);
    return (await browser.fetch(callback)).headers.get("location");
  };
  for (const id of Object.keys(said)) await aPerson(hospital, { id, territory: "south" });
  expect(await signIn("silent")).toBe("/");
  const demand = async (grace_days: number): Promise<void> => {
    const settings = JSON.stringify({ second_factor: { roles: ["clinician"], grace_days } });
    await owner.query("UPDATE territories SET settings = $1 WHERE id = 'south'", [settings]);
  };
  onTestFinished(async () => void (await owner.query("UPDATE territories SET settings = '{}'")));
  await demand(5);
  expect(await signIn("weak")).toBe("/");
  await demand(0);
  for (const id of ["strong", "mfa"]) expect(await signIn(id), id).toBe("/");
  for (const id of ["weak", "silent"]) expect(await signIn(id), id).toBe("/sign-in?problem=oidc-factor");
  const { rows } = await owner.query(
    "SELECT payload FROM audit_events WHERE action = 'session.open' AND outcome = 'denied' ORDER BY id DESC LIMIT 1",
  );
  expect(rows).toEqual([{ payload: { user_id: "silent", reason: "factor" } }]);
});

it("leads whoever signed in at the provider to its sign-out, with the ID token and the way back, and nobody else", async () => {
  const { email, id } = hospital.people.south1;
  const browser = new Browser();
  await signInAs(email, browser);
  const signOut = (): Promise<Response> =>
    browser.fetch(`${server.url}/api/sessions`, undefined, { method: "DELETE", origin: server.url });
  const hint = must(browser.cookie(server.url, "tocsin-oidc-hint"), "hint");
  const answer = await signOut();
  const to = new URL(z.object({ url: z.url() }).parse(await answer.json()).url);
  expect(answer.headers.get("clear-site-data")).toBe('"cache", "storage"');
  expect(to.origin + to.pathname).toBe(`${provider.issuer}/session/end`);
  expect(to.searchParams.get("post_logout_redirect_uri")).toBe(`${server.url}/sign-in?reason=signed_out`);
  const token = must(to.searchParams.get("id_token_hint"), "hint");
  expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toMatchObject({
    sub: email,
  });
  expect(hint).not.toContain(token.slice(0, 20));
  // The provider knows the token and the way back: it asks whether to sign out.
  const page = await browser.fetch(to.href);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("/session/end/confirm")]);
  expect([await whoIs(browser), browser.cookie(server.url, "tocsin-oidc-hint")]).toEqual([null, undefined]);

  // Who signs in by password later in the same browser signs out here alone.
  const password = "a long enough password";
  const person = await aPerson(hospital, { id: "both", territory: "south", password });
  await signInAs(email, browser);
  expect(await whoIs(browser)).toBe(id);
  const init = { method: "POST", origin: server.url, json: { email: person.email, password } };
  expect((await browser.fetch(`${server.url}/api/sessions`, undefined, init)).status).toBe(201);
  expect((await signOut()).status).toBe(204);
});

it("lets nobody in by password, nor set one, where people sign in at the provider alone", async () => {
  const [port = 0] = await freePorts(1);
  const alone = await startServer(hospital, {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: "tocsin",
    OIDC_CLIENT_SECRET: "a secret of the tests",
    OIDC_ONLY: "1",
  });
  const password = "a long enough password";
  const person = await aPerson(hospital, { id: "alone", territory: "north", password });
  expect((await alone.get("/api/sessions/methods")).body).toEqual({
    password: false,
    oidc: true,
    passkey: false,
  });
  const answers = [
    await alone.post("/api/sessions", { email: person.email, password }),
    await alone.post("/api/invitations", { token: "none", password }),
    await alone.post("/api/password/reset", { email: person.email }),
    await alone.put("/api/password", { current_password: password, password: "another one" }, as(person)),
    await alone.post("/api/sessions/confirm", { password }, as(person)),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect((await alone.get("/api/sessions/oidc")).status).toBe(302);
  expect((await server.post("/api/sessions", { email: person.email, password })).status).toBe(201);
  await alone.stop();
});
