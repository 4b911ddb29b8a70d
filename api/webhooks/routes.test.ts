import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type pg from "pg";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aService } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { readAllTimelines } from "../../testing/timelines.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { rotate as rotateKeys } from "../../store/crypto/rotation.ts";
import { cancel } from "../../store/transitions/withdraw.ts";
import { createOwnSends } from "../notifications/own-sends.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createLog } from "../../config/log.ts";
import { noTemporal } from "../../testing/starter.ts";
import { tellOfDisabled } from "./notices.ts";
import {
  PingResult,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookList,
  WebhookWithSecret,
} from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { CHANNEL_PRIVATE_HOSTS: "127.0.0.1" });
  owner = await hospital.owner(
    "audit_events",
    "webhooks",
    "webhook_deliveries",
    "webhook_secrets",
    "notifications",
    "sends",
    "event_feeds",
  );
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const call = (method: Method, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, body, as(hospital.people.admin));
const lastRecord = async (): Promise<{ [column: string]: unknown }> =>
  (await owner.query("SELECT * FROM audit_events ORDER BY id DESC LIMIT 1")).rows[0];
const make = async (more: object = {}) => {
  const body = {
    service_id: hospital.services.north.id,
    url: "https://lab.example/tocsin?token=t0ken",
    ...more,
  };
  const made = await server.make(WebhookWithSecret, "/api/webhooks", body, as(hospital.people.admin));
  onTestFinished(async () => {
    await call("DELETE", `/api/webhooks/${made.webhook_id}`);
  });
  return made;
};

it("shows a secret once, keeps it sealed, and puts each change on record without the address's token", async () => {
  const made = await make();
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(await lastRecord()).toMatchObject({
    action: "webhook.create",
    object_id: made.webhook_id,
    payload: { host: "lab.example" },
  });
  expect(JSON.stringify(await lastRecord())).not.toMatch(/t0ken|whsec_/);
  const { rows } = await owner.query("SELECT * FROM webhook_secrets WHERE webhook_id = $1", [
    made.webhook_id,
  ]);
  const key = Buffer.from(made.secret.slice("whsec_".length), "base64");
  expect(rows.map(({ sealed }) => sealed.includes(key))).toEqual([false]);

  const path = `/api/webhooks/${made.webhook_id}`;
  const shown = await call("GET", path);
  expect(Webhook.strict().parse(shown.body)).toMatchObject({ state: "live" });
  expect(shown.text + (await call("GET", "/api/webhooks")).text).not.toContain("whsec_");

  const changed = (await call("PATCH", path, { types: ["notification.failed", "notification.failed"] })).read(
    Webhook,
  );
  expect(changed.types).toEqual(["notification.failed"]);
  expect(await lastRecord()).toMatchObject({
    action: "webhook.update",
    payload: { types: ["notification.failed"] },
  });
  expect((await call("PATCH", path, { disabled: true })).read(Webhook)).toMatchObject({
    state: "disabled",
    disabled_reason: "by_admin",
  });
  expect((await call("PATCH", path, { disabled: false })).read(Webhook)).toMatchObject({
    state: "live",
    disabled_reason: null,
  });

  expect((await call("PATCH", path, {})).read(Webhook)).toMatchObject({ types: ["notification.failed"] });

  expect((await call("DELETE", path)).status).toBe(204);
  expect(await lastRecord()).toMatchObject({ action: "webhook.delete" });
  for (const one of [
    call("GET", path),
    call("POST", `${path}/ping`),
    call("GET", `${path}/deliveries`),
    call("POST", `${path}/rotate`),
  ])
    expect((await one).status).toBe(404);
  expect(
    (await owner.query("SELECT FROM webhook_secrets WHERE webhook_id = $1", [made.webhook_id])).rowCount,
  ).toBe(0);
});

it("has two secrets at most, and one at once where the overlap is 0", async () => {
  const { webhook_id: id } = await make();
  const path = `/api/webhooks/${id}/rotate`;
  const rotated = (await call("POST", path, { overlap_hours: 2 })).read(WebhookWithSecret);
  expect(rotated.secrets).toMatchObject([{ expires_at: null }, { expires_at: expect.any(String) }]);
  expect((await call("POST", path)).status).toBe(409);
  expect(await lastRecord()).toMatchObject({ action: "webhook.rotate", outcome: "denied" });
  expect((await call("POST", path, { overlap_hours: 0 })).read(WebhookWithSecret).secrets).toHaveLength(1);
});

it("takes no address that is unsafe, and no service that is none", async () => {
  const wrong = [
    { url: "http://lab.example/" },
    { url: "ftp://lab.example/" },
    { url: "https://user:pass@lab.example/" },
    { url: "https://lab.example/#part" },
    { url: `https://lab.example/${"a".repeat(2_000)}` },
    { types: [] },
    { types: ["notification.read"] },
    { service_id: "0d1e0000-0000-4000-8000-000000000001" },
    { service_id: "00000000-0000-4000-8000-000000000001" },
  ];
  for (const more of wrong) {
    const body = { service_id: hospital.services.north.id, url: "https://lab.example/", ...more };
    expect([more, (await call("POST", "/api/webhooks", body)).status]).toEqual([more, 422]);
  }
});

it("a service has five at most", async () => {
  const { id: service_id } = await aService(hospital, { territories: ["north"] });
  for (let count = 0; count < 5; count += 1) await make({ service_id });
  expect((await call("POST", "/api/webhooks", { service_id, url: "https://lab.example/" })).status).toBe(409);
  const list = (await call("GET", `/api/webhooks?service=${service_id}&limit=2`)).read(WebhookList);
  expect(list.webhooks).toHaveLength(2);
  const rest = (await call("GET", `/api/webhooks?service=${service_id}&cursor=${list.next}`)).read(
    WebhookList,
  );
  expect(rest.webhooks).toHaveLength(3);
});

/** A receiver; the headers and bodies that it got. */
async function receiver(status = 204) {
  const got: { headers: Record<string, string>; body: string }[] = [];
  const http = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    got.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("its own words");
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`, got };
}

it("pings: signed, and it says how that went, but not what the receiver answered", async () => {
  const { url, got } = await receiver();
  const { webhook_id: id, secret } = await make({ url });
  expect((await call("POST", `/api/webhooks/${id}/ping`)).read(PingResult)).toMatchObject({
    delivered: true,
    code: null,
  });
  const [ping] = got;
  expect(new Verifier(secret).verify(ping?.body ?? "", ping?.headers ?? {})).toMatchObject({
    type: "webhook.ping",
  });
  expect(await lastRecord()).toMatchObject({ action: "webhook.ping", object_id: id });
  const moved = await receiver(302);
  await call("PATCH", `/api/webhooks/${id}`, { url: moved.url });
  const answer = await call("POST", `/api/webhooks/${id}/ping`);
  expect(answer.read(PingResult)).toMatchObject({ delivered: false, code: "http_302" });
  expect(answer.text).not.toContain("its own words");
});

it.each([
  "https://localhost/",
  "https://10.1.2.3/",
  "https://169.254.169.254/",
  "https://[::1]/",
  "https://2130706434/",
])("reaches nothing inside that the operator has not listed: %s", async (url) => {
  const { webhook_id: id } = await make({ url });
  const { code } = (await call("POST", `/api/webhooks/${id}/ping`)).read(PingResult);
  // Name servers know none of the names that a machine keeps to itself.
  expect(code).toMatch(/^(private_address|unresolved)$/);
});

it("lists what was sent, and sends it again under its id", async () => {
  const { webhook_id: id } = await make();
  const notification = await hospital.notify("north-1");
  await cancel(hospital.knex, hospital.services.north.id, notification);
  await readAllTimelines(hospital.knex);
  const path = `/api/webhooks/${id}/deliveries`;
  const { deliveries } = (await call("GET", path)).read(WebhookDeliveryList);
  expect(deliveries).toMatchObject([
    { type: "notification.cancelled", notification_id: notification, status: "queued", attempts: 0 },
  ]);
  const [{ delivery_id, event_id } = { delivery_id: "", event_id: "" }] = deliveries;
  const repeat = `${path}/${delivery_id}/repeat`;
  expect((await call("POST", repeat)).status).toBe(409);
  await owner.query(
    "UPDATE webhook_deliveries SET status = 'failed', attempts = 9, code = 'http_500' WHERE id = $1",
    [delivery_id],
  );
  expect((await call("GET", `${path}?status=failed`)).read(WebhookDeliveryList).deliveries).toHaveLength(1);
  expect((await call("POST", repeat)).read(WebhookDelivery)).toMatchObject({
    event_id,
    status: "queued",
    attempts: 0,
    code: null,
  });
  expect(await lastRecord()).toMatchObject({ action: "webhook.repeat", payload: { event_id } });
  expect((await call("GET", `${path}?status=failed`)).read(WebhookDeliveryList).deliveries).toEqual([]);
  // Of another webhook there is no such delivery.
  const other = await make();
  expect(
    (await call("POST", `/api/webhooks/${other.webhook_id}/deliveries/${delivery_id}/repeat`)).status,
  ).toBe(404);
});

it("somebody is told, once, of one that was disabled for its failures", async () => {
  const { webhook_id: id } = await make();
  await owner.query("UPDATE webhooks SET disabled_at = now(), disabled_reason = 'failing' WHERE id = $1", [
    id,
  ]);
  const vault = createVault(hospital.config.masterKeys);
  const log = createLog("silent");
  const secrets = await loadInstallationKey(hospital.knex, vault);
  const ownSends = createOwnSends({
    knex: hospital.knex,
    reserve: hospital.knex,
    vault,
    secrets,
    starter: noTemporal,
    log,
  });
  const mailed: string[] = [];
  const notices = { webhook: (person: { id: string }) => void mailed.push(person.id) };
  const sent = async () =>
    (await owner.query("SELECT user_id FROM sends WHERE service_id = '0d1e0000-0000-4000-8000-000000000001'"))
      .rows;
  await Promise.all([1, 2].map(() => tellOfDisabled({ knex: hospital.knex, ownSends, notices, log })));
  await tellOfDisabled({ knex: hospital.knex, ownSends, notices, log });
  expect(await sent()).toEqual([{ user_id: "north-boss" }]);
  expect(mailed).toEqual(["admin"]);
});

it("whoever asks is told of the gap that a webhook's time off left", async () => {
  const { webhook_id, service_id } = await make();
  expect((await call("PATCH", `/api/webhooks/${webhook_id}`, { disabled: true })).status).toBe(200);
  await owner.query("UPDATE event_feeds SET asked_at = NULL WHERE service_id = $1", [service_id]);
  const dropped = async (): Promise<number> =>
    (await owner.query("SELECT dropped FROM event_feeds WHERE service_id = $1", [service_id])).rows[0]
      .dropped;
  const before = await dropped();
  expect((await call("PATCH", `/api/webhooks/${webhook_id}`, { disabled: false })).status).toBe(200);
  expect(await dropped()).toBeGreaterThan(before);
});

it("secrets are wrapped anew under a new master key", async () => {
  const { webhook_id: id } = await make();
  const [old] = hospital.config.masterKeys;
  const next = { id: "k2", key: Buffer.alloc(32, 7) };
  await rotateKeys(hospital.knex, [next, old], { batch: 10, onProgress: () => undefined });
  onTestFinished(async () => {
    await rotateKeys(hospital.knex, [old, next], { batch: 10, onProgress: () => undefined });
  });
  const { rows } = await owner.query("SELECT key_id FROM webhook_secrets WHERE webhook_id = $1", [id]);
  expect(rows).toEqual([{ key_id: "k2" }]);
});
