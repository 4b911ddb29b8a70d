import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { actAs, openDatabase } from "../store/db/knex.ts";
import { runtimeUrl } from "../store/db/prepare.ts";
import { parseEnv } from "../config/env.ts";
import { envFor } from "../testing/hospital.ts";
import { createDatabase, type TestDatabase } from "../testing/database.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { type Running, startTool } from "../testing/tool.ts";

const PASSWORD = "correct horse battery stable";

let database: TestDatabase;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  database = await createDatabase();
  env = { ...envFor(database.url), TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}` };
});
afterEach(() => database.drop());

const create = (flags: string[], { typed = "", more = {} as NodeJS.ProcessEnv } = {}): Running["ended"] => {
  const { DATABASE_URL, TOCSIN_MASTER_KEY } = env;
  const { child, ended } = startTool("admin-create", flags, { DATABASE_URL, TOCSIN_MASTER_KEY, ...more });
  child.stdin?.end(typed);
  return ended;
};
const tokenIn = ({ out }: { out: string }): string =>
  /\/invitation#([\w-]{43}\.[\w-]{22})$/m.exec(out)?.[1] ?? "";

/** Serves the database that the command made. */
async function serving(work: (server: TestServer) => Promise<void>): Promise<void> {
  const { database: place, masterKeys } = parseEnv(env);
  const knex = openDatabase(await runtimeUrl(place.url, masterKeys), { max: 5 });
  const server = await startServer({ knex, env });
  try {
    await work(server);
  } finally {
    await server.stop();
    await knex.destroy();
  }
}

it("makes the first admin of an empty database, who sets a password by the link and administers", async () => {
  const more = { PUBLIC_URL: "https://tocsin.example" };
  const made = await create(["--email=Ada@West.example", "--name=Ada Example"], { more });
  expect(made).toMatchObject({ status: 0, err: "" });
  expect(made.out).toContain("https://tocsin.example/invitation#");
  await serving(async (server) => {
    const token = tokenIn(made);
    const accept = () => server.post("/api/invitations", { token, password: PASSWORD });
    expect((await accept()).status).toBe(204);
    expect((await accept()).status).toBe(410);
    const session = await server.post("/api/sessions", { email: "ada@west.example", password: PASSWORD });
    expect(session.status).toBe(201);
    const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const headers = { Cookie: cookie, Origin: server.url };
    const people = await server.get("/api/users", undefined, headers);
    const { users } = people.read(
      z.object({ users: z.array(z.looseObject({ roles: z.array(z.string()) })) }),
    );
    expect(users).toMatchObject([{ name: "Ada Example", email: "ada@west.example", roles: ["admin"] }]);

    const again = await create(["--email=eve@west.example", "--name=Eve"]);
    expect(again).toMatchObject({ status: 1, out: "", err: expect.stringContaining("administers") });
    const { users: after } = (await server.get("/api/users", undefined, headers)).read(
      z.object({ users: z.array(z.unknown()) }),
    );
    expect(after).toHaveLength(1);
  });
});

it("makes another link until somebody opened one, each in place of the one before, on record", async () => {
  const first = await create([], { typed: "ada@west.example\nAda Example\n" });
  expect(first).toMatchObject({
    status: 0,
    out: expect.stringContaining("http://localhost:3000/invitation#"),
  });
  const more = { TLS_CERT: "cert.pem", PORT: "8443" };
  const second = await create(["--email=ada@west.example", "--name=Ada Example"], { more });
  expect(second).toMatchObject({
    status: 0,
    out: expect.stringContaining("https://localhost:8443/invitation#"),
  });
  await serving(async (server) => {
    const accept = (run: { out: string }) =>
      server.post("/api/invitations", { token: tokenIn(run), password: PASSWORD });
    expect((await accept(first)).status).toBe(410);
    expect((await accept(second)).status).toBe(204);
  });
  const owner = openDatabase(database.url, { max: 1 });
  const rows = await actAs(owner, "sealer", (trx) =>
    trx("audit_events").where({ action: "user.create" }).select("actor", "payload"),
  );
  expect(rows).toEqual([1, 2].map(() => ({ actor: "setup", payload: { roles: ["admin"] } })));
  await owner.destroy();
});

it("leaves one admin of two who were made at once, the other without role and link", async () => {
  const made = await Promise.all(
    ["ada", "eve"].map((name) => create([`--email=${name}@west.example`, `--name=${name}`])),
  );
  expect(made).toMatchObject([{ status: 0 }, { status: 0 }]);
  await serving(async (server) => {
    const answers = [];
    for (const token of made.map(tokenIn))
      answers.push((await server.post("/api/invitations", { token, password: PASSWORD })).status);
    expect(answers.toSorted()).toEqual([204, 410]);
  });
  const owner = openDatabase(database.url, { max: 1 });
  const admins = await actAs(owner, "setup", (trx) => trx("memberships").where({ role: "admin" }));
  const taken = await actAs(owner, "sealer", (trx) =>
    trx("audit_events").where({ action: "user.update" }).select("actor", "payload"),
  );
  await owner.destroy();
  expect(admins).toHaveLength(1);
  expect(taken).toEqual([{ actor: "setup", payload: { roles: [] } }]);
});

it("exits 2 where it can't run, and makes nobody without a name or with no email", async () => {
  expect(await create(["--emial=x"])).toMatchObject({ status: 2, out: expect.stringContaining("--email") });
  expect(await create(["--email=ada@west.example"])).toMatchObject({ status: 2 });
  expect(await create(["--email=adă@west.example", "--name=Ada"])).toMatchObject({ status: 1 });
  const nowhere = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
  const flags = ["--email=ada@west.example", "--name=Ada"];
  expect(await create(flags, { more: nowhere })).toMatchObject({
    status: 2,
    err: expect.stringContaining("can't make anybody"),
  });
  expect(await create(flags, { more: { TOCSIN_MASTER_KEY: "" } })).toMatchObject({ status: 2 });
});
