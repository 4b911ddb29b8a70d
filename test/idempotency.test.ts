import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

describe("Idempotency-Key", () => {
  let site: Site;
  let node: Program;
  let key: string;
  let body: { user_id: string; territory_id: string; message: string };
  let person: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    const demo = await site.demo();
    key = demo.api_key;
    const clinician = demoUser(demo, "clinician");
    person = await Person.signIn(node.url, clinician);
    body = { ...targetOf(clinician), message: "Once" };
  });
  afterAll(() => site.close());

  const inInbox = async (message: string) => (await person.inbox()).filter((one) => one.message === message);

  it("replays the first answer for the same body, and says so", async () => {
    const first = await send(
      node.url,
      key,
      { ...body, message: "Twice the same" },
      { "Idempotency-Key": "same" },
    );
    const second = await send(
      node.url,
      key,
      { ...body, message: "Twice the same" },
      { "Idempotency-Key": "same" },
    );
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(second).toMatchObject({ status: 202, body: first.body });
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    await until("it is in the inbox", async () => (await inInbox("Twice the same")).length === 1);
  });

  it("makes one notification of 20 calls at once", async () => {
    const calls = Array.from({ length: 20 }, () =>
      send(node.url, key, { ...body, message: "Twenty at once" }, { "Idempotency-Key": "twenty" }),
    );
    const answers = await Promise.all(calls);
    for (const { status } of answers) expect([202, 409]).toContain(status);
    const ids = new Set(
      answers.filter(({ status }) => status === 202).map((answer) => answer.body.notification_id),
    );
    expect(ids.size).toBe(1);
    expect(
      await until("it is in the inbox", async () => (await inInbox("Twenty at once")).length || null),
    ).toBe(1);
  });

  it("answers 422 for another body", async () => {
    await send(node.url, key, { ...body, message: "One body" }, { "Idempotency-Key": "bodies" });
    const other = await send(
      node.url,
      key,
      { ...body, message: "Another body" },
      { "Idempotency-Key": "bodies" },
    );
    expect(other).toMatchObject({ status: 422, body: { type: "urn:tocsin:problem:idempotency-key-reused" } });
  });

  it("takes the same body in another layout as the same", async () => {
    const { user_id, territory_id } = body;
    const first = await send(
      node.url,
      key,
      { user_id, territory_id, message: "Layout" },
      { "Idempotency-Key": "layout" },
    );
    const second = await send(
      node.url,
      key,
      { message: "Layout", territory_id, user_id },
      { "Idempotency-Key": "layout" },
    );
    expect(second.body).toEqual(first.body);
  });

  it("belongs to the service, not to its key: a rotated key replays", async () => {
    const secret = randomBytes(32).toString("base64url");
    const hash = createHash("sha256").update(secret).digest();
    const owner = new pg.Client({ connectionString: site.databaseUrl });
    await owner.connect();
    await owner.query("SELECT set_config('app.actor', 'setup', false)");
    await owner.query(
      "INSERT INTO service_keys (id, service_id, secret_hash, territory_ids) SELECT 'second', service_id, $1, territory_ids FROM service_keys WHERE id = 'demo'",
      [hash],
    );
    const first = await send(node.url, key, { ...body, message: "Rotated" }, { "Idempotency-Key": "rotate" });
    const second = await send(
      node.url,
      `tocsin_second.${secret}`,
      { ...body, message: "Rotated" },
      { "Idempotency-Key": "rotate" },
    );
    expect(second).toMatchObject({ status: 202, body: first.body });
    await owner.query("UPDATE service_keys SET revoked_at = now() WHERE id = 'second'");
    await owner.end();
    expect((await send(node.url, `tocsin_second.${secret}`, body)).status).toBe(401);
  });
});
