import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { invite } from "../../store/people/invitations.ts";
import { type MailServer, startMailServer } from "../../plugins/email/testing/server.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { rawStatus } from "../../testing/raw.ts";
import { aPerson, older } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { ScimTokenWithSecret } from "../scim/schema.ts";
import { InvitedUser } from "../users/schema.ts";
import { Invitation } from "./schema.ts";

const PASSWORD = "a long enough password";
const OTHER = "another password that is long";

let mail: MailServer;
let withMail: NodeJS.ProcessEnv;
let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  mail = await startMailServer({ secure: true });
  hospital = await createHospital();
  const { port, cert: ca } = mail;
  withMail = {
    CHANNEL_EMAIL: JSON.stringify({
      ...{ host: "127.0.0.1", port, tls: "implicit", ca, from: "tocsin@hospital.example" },
    }),
    CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
  };
  const [free = 0] = await freePorts(1);
  server = await startServer(hospital, {
    ...withMail,
    PORT: String(free),
    PUBLIC_URL: `http://127.0.0.1:${free}`,
  });
  owner = await hospital.owner("audit_events", "invitations", "users");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  await mail.close();
});

const admin = () => as(hospital.people.admin);
const make = async (user_id: string) =>
  (
    await server.post("/api/users", { user_id, email: `${user_id}@tocsin.example`, name: user_id }, admin())
  ).read(InvitedUser);
const renew = async (id: string): Promise<Invitation> =>
  (await server.post(`/api/users/${id}/invitation`, undefined, admin())).read(Invitation);
const accept = (token: string, password = PASSWORD): Promise<Answer> =>
  server.post("/api/invitations", { token, password });
const signIn = (id: string, password = PASSWORD): Promise<Person> =>
  Person.signIn(server.url, { email: `${id}@tocsin.example`, password });

/** Long lines are broken in quoted-printable. */
const plain = (raw: string): string => raw.replaceAll(/=\r?\n/g, "").replaceAll("=3D", "=");

/** The texts of the emails to an address, once there are `count`. */
const emailsTo = async (address: string, count: number): Promise<string[]> =>
  until("the emails have come", () => {
    const texts = mail.mails.flatMap(({ to, raw }) => (to.includes(address) ? [plain(raw)] : []));
    return texts.length >= count ? texts : null;
  });

describe("an invitation", () => {
  it("comes with a new person, lasts a day, is kept as a hash, and sets the password once", async () => {
    const { invitation, has_password } = await make("i-1");
    expect(has_password).toBe(false);
    expect(invitation.url).toBe(`${server.url}/invitation#${invitation.token}`);
    expect(invitation.token).toMatch(/^[\w-]{43}\.[\w-]{22}$/);
    expect((await emailsTo("i-1@tocsin.example", 1)).join("\n")).toContain(invitation.url);
    const hours = (Date.parse(invitation.expires_at) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    const { rows } = await owner.query("SELECT row_to_json(i)::text AS text FROM invitations i");
    expect(rows.map(({ text }) => text).join()).not.toContain(invitation.token);

    await expect(signIn("i-1")).rejects.toThrow("401");
    const weak = await accept(invitation.token, "too short");
    expect(weak).toMatchObject({ status: 422, body: { errors: [{ path: "/password" }] } });
    for (const guessed of ["password1234", "i-1@tocsin.example", "qwertyuiop[]"])
      expect(await accept(invitation.token, guessed), guessed).toMatchObject({
        status: 422,
        body: { errors: [{ path: "/password", message: expect.stringContaining("easily guessed") }] },
      });
    expect(await accept(invitation.token)).toMatchObject({ status: 204, text: "" });
    await signIn("i-1");
    expect((await accept(invitation.token, OTHER)).status).toBe(410);
    await signIn("i-1");
  });

  it("is used once, however many use it at once", async () => {
    const { invitation } = await make("i-2");
    const words = Array.from({ length: 8 }, (_, index) => `${PASSWORD} ${index}`);
    const answers = await Promise.all(words.map((word) => accept(invitation.token, word)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      204,
      ...Array.from({ length: 7 }, () => 410),
    ]);
    await signIn("i-2", words[answers.findIndex(({ status }) => status === 204)]);
  });

  it("ends when it is over, when a new one is made, or when its person is disabled", async () => {
    const [late, replaced, disabled] = [await make("i-3"), await make("i-4"), await make("i-5")];
    await owner.query("UPDATE invitations SET expires_at = now() WHERE user_id = 'i-3'");
    expect((await accept(late.invitation.token)).status).toBe(410);
    const second = await renew("i-4");
    expect((await accept(replaced.invitation.token)).status).toBe(410);
    expect((await accept(second.token)).status).toBe(204);
    expect((await server.delete("/api/users/i-5", admin())).status).toBe(204);
    expect((await accept(disabled.invitation.token)).status).toBe(410);
    expect((await server.post("/api/users/i-5/invitation", undefined, admin())).status).toBe(409);
    await server.patch("/api/users/i-5", { disabled: false }, admin());
    expect((await accept(disabled.invitation.token)).status).toBe(410);
    for (const token of ["x", "", "x".repeat(201), `${second.token}x`, second.token.toUpperCase()])
      expect([410, 422], token).toContain((await accept(token)).status);
  });

  it("costs no look-up where its token was made up, and is good in the form from before there was a MAC", async () => {
    // Its own counts: guesses of the tests before are none of its.
    const fresh = await startServer(hospital);
    onTestFinished(() => fresh.stop());
    const guess = async (token: string): Promise<number> =>
      (await fresh.post("/api/invitations", { token, password: PASSWORD })).status;
    const asked: string[] = [];
    const note = ({ sql }: { sql: string }): void => void asked.push(sql);
    hospital.knex.on("query", note);
    onTestFinished(() => void hospital.knex.off("query", note));
    for (const token of ["x", `${"x".repeat(43)}.${"y".repeat(22)}`]) expect(await guess(token)).toBe(410);
    expect(asked.filter((sql) => sql.includes("invitations"))).toEqual([]);
    await aPerson(hospital, { id: "i-older", territory: "north" });
    const { token } = await actAs(hospital.knex, "user:admin", (trx) => invite(trx, "i-older", older));
    expect(await guess(token)).toBe(204);
  });

  it("goes by email under the site's own address alone, whatever host a call names", async () => {
    const nowhere = await startServer(hospital, withMail);
    onTestFinished(() => nowhere.stop());
    const { token } = await server.make(ScimTokenWithSecret, "/api/scim/tokens", { name: "Any" }, admin());
    const make = async (at: TestServer, userName: string): Promise<string> => {
      const body = JSON.stringify({ userName });
      const head = ["POST /scim/v2/Users HTTP/1.1", "Host: evil.example", `Authorization: Bearer ${token}`];
      head.push("Content-Type: application/scim+json", "Connection: close", `Content-Length: ${body.length}`);
      expect(await rawStatus(at.url, [...head, "", body].join("\r\n"))).toBe(201);
      const { rows } = await owner.query("SELECT id FROM users WHERE email = $1", [userName]);
      return rows[0].id;
    };
    await make(server, "i-public@tocsin.example");
    const [text = ""] = await emailsTo("i-public@tocsin.example", 1);
    expect(text).toContain(`${server.url}/invitation#`);
    const id = await make(nowhere, "i-nowhere@tocsin.example");
    const { rows } = await until("it is on record", async () => {
      const found = await owner.query(
        "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND action = 'notice.send'",
        [id],
      );
      return found.rows.length > 0 && found;
    });
    expect(rows).toEqual([{ outcome: "failed", payload: { notice: "invite", reason: "no_public_url" } }]);
    expect(mail.mails.filter(({ to }) => to.includes("i-nowhere@tocsin.example"))).toEqual([]);
    expect(mail.mails.filter(({ raw }) => plain(raw).includes("evil.example"))).toEqual([]);
  });

  it("takes guesses so many a minute", async () => {
    const other = await startServer(hospital, { RATE_FAILURES_PER_MINUTE: "3" });
    const guess = () => other.post("/api/invitations", { token: "guess", password: PASSWORD });
    const statuses = [];
    for (let index = 0; index < 5; index++) statuses.push((await guess()).status);
    expect(statuses).toEqual([410, 410, 410, 429, 429]);
    const { invitation } = await make("i-6");
    const good = { token: invitation.token, password: PASSWORD };
    expect((await other.post("/api/invitations", good)).status).toBe(204);
    await other.stop();
  });

  it("ends the person's sessions, leaves the authenticator on, and is told by email and on record", async () => {
    await aPerson(hospital, { id: "i-7", territory: "north", password: PASSWORD });
    const before = await signIn("i-7");
    const { token, url } = await renew("i-7");
    expect((await before.fetch("/api/sessions")).status).toBe(200);
    expect((await accept(token, OTHER)).status).toBe(204);
    expect((await before.fetch("/api/sessions")).status).toBe(401);
    await expect(signIn("i-7")).rejects.toThrow("401");
    await signIn("i-7", OTHER);

    // Those of sign-ins by a new browser come in between.
    for (const part of [url, "An administrator made a link", "Your password was set anew."])
      await expect.poll(async () => (await emailsTo("i-7@tocsin.example", 3)).join("\n")).toContain(part);
    const told = [
      "notice.send invitation",
      "notice.send invite",
      "notice.send password",
      "user.password invitation",
    ];
    const recorded = await until("all is on record", async () => {
      const { rows } = await owner.query(
        "SELECT actor, action, payload FROM audit_events WHERE object_id = 'i-7' ORDER BY id",
      );
      const acts = new Set(rows.map(({ action, payload }) => `${action} ${payload.notice ?? payload.means}`));
      return told.every((act) => acts.has(act)) ? rows : null;
    });
    // The notice of a sign-in by a new browser may be there by now too.
    expect(recorded.find(({ payload }) => payload.notice !== "new_browser")).toMatchObject({
      actor: "user:admin",
      action: "user.invite",
      payload: { only_admin: true },
    });
    const text = JSON.stringify(recorded);
    expect(text).not.toContain(token);
    expect(text).not.toContain("@tocsin.example");
  });

  it("is taken from the dashboard's own pages, or from no page", async () => {
    const { invitation } = await make("i-8");
    const acceptance = { token: invitation.token, password: PASSWORD };
    const elsewhere = { Origin: "https://evil.example" };
    for (const path of ["/api/invitations", "/api/invitations/oidc"]) {
      const body = path === "/api/invitations" ? acceptance : { token: invitation.token };
      expect((await server.post(path, body, undefined, elsewhere)).status, path).toBe(403);
    }
    const own = { Origin: server.url };
    expect((await server.post("/api/invitations", acceptance, undefined, own)).status).toBe(204);
  });

  it("is for the person alone: nobody but admins makes one", async () => {
    for (const person of [hospital.people.north1, hospital.people.northBoss, hospital.people.auditor])
      expect((await server.post("/api/users/i-1/invitation", undefined, as(person))).status).toBe(403);
    expect((await server.post("/api/users/nobody/invitation", undefined, admin())).status).toBe(404);
  });
});
