import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from "vitest";
import { createWebhooks, type Webhooks } from "../../api/webhooks/hooks.ts";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { createVault, type Vault } from "../../store/crypto/vault.ts";
import { act } from "../../store/transitions/act.ts";
import { cancel } from "../../store/transitions/withdraw.ts";
import type { EventType } from "../../store/webhooks/events.ts";
import { EVENT_TYPES } from "../../store/webhooks/events.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { readAllTimelines } from "../../testing/timelines.ts";
import { until } from "../../testing/until.ts";
import { startAnnouncer } from "./announcer.ts";

const INSIDE = ["127.0.0.1"];
const ADMIN = { userId: "admin" } as Parameters<Webhooks["create"]>[0];

let hospital: Hospital;
let vault: Vault;
let hooks: Webhooks;
beforeAll(async () => {
  hospital = await createHospital();
  vault = createVault(hospital.config.masterKeys);
  hooks = createWebhooks({ knex: hospital.knex, vault, privateHosts: INSIDE });
});
afterAll(() => hospital.close());

/** A call that a receiver got. */
interface Got {
  headers: IncomingHttpHeaders;
  body: string;
  event: { type: string; data: { notification_id: string; event_id: string } };
}
type Answer = (got: Got, response: ServerResponse, count: number) => void;

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A receiver, which answers 204 unless told otherwise. */
async function receiver(answer: Answer = (_got, response) => void response.writeHead(204).end()) {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const one = { headers: request.headers, body, event: JSON.parse(body) as Got["event"] };
    got.push(one);
    answer(one, response, got.length);
  });
  open.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got };
}

async function webhook(url: string, types: readonly EventType[] = EVENT_TYPES) {
  // Or it would be told what happened in the tests before as well.
  await readAllTimelines(hospital.knex);
  const made = await hooks.create(ADMIN, { service_id: hospital.services.north.id, url, types: [...types] });
  onTestFinished(() => hooks.remove(ADMIN, made.row.id));
  return { id: made.row.id, secret: made.secret };
}

/** The part of a node that tells services; it rests a few ms between its rounds. */
function announcer() {
  const registry = new Registry();
  const running = startAnnouncer(
    {
      knex: hospital.knex,
      vault,
      bridge: createLocalBridge(),
      privateHosts: INSIDE,
      log: createLog("silent"),
      registry,
      // As long as the tests: nothing that hangs ends by itself.
      timeout: 600_000,
    },
    20,
  );
  onTestFinished(() => running.stop());
  return { ...running, registry };
}

async function cancelled(person = "north-1"): Promise<string> {
  const id = await hospital.notify(person);
  await cancel(hospital.knex, hospital.services.north.id, id);
  return id;
}
const deliveriesOf = (webhookId: string) =>
  hospital.asOwner("SELECT * FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY seq", webhookId);
/** What is queued is due, whatever it waits for. */
const hurry = async (webhookId: string): Promise<void> => {
  const owner = await hospital.owner("webhooks", "webhook_deliveries");
  await owner.query("UPDATE webhooks SET paused_until = NULL WHERE id = $1", [webhookId]);
  await owner.query(
    "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE webhook_id = $1 AND status = 'queued'",
    [webhookId],
  );
};

/** An attempt that failed may be written down after one hurried: so it is done again. */
const hurryUntilAllCame = (webhookId: string): Promise<boolean> =>
  until("all came", async () => {
    await hurry(webhookId);
    return (await deliveriesOf(webhookId)).every(({ status }) => status === "delivered");
  });

it("brings each event signed as Standard Webhooks, in order, by both secrets while one is rotated", async () => {
  const { url, got } = await receiver();
  const { id, secret } = await webhook(url);
  const rotated = await hooks.rotate(ADMIN, id, 24);
  const { registry } = announcer();
  const notification = await hospital.notify("north-1", { priority: "critical" });
  await act(hospital.knex, "north-1", notification, { kind: "decline", reason: "In theatre" });
  await hospital.escalate(notification);
  await act(hospital.knex, "north-1", notification, { kind: "acknowledge", note: "Potassium 6.8" });
  await until("all came", () => got.some(({ event }) => event.type === "notification.acknowledged"));
  expect(got.map(({ event }) => event.type).slice(0, 3)).toEqual([
    "notification.declined",
    "notification.escalated",
    "notification.exhausted",
  ]);
  for (const { headers, body, event } of got) {
    for (const one of [secret, rotated.secret])
      expect(new Verifier(one).verify(body, headers as Record<string, string>)).toEqual(event);
    expect(headers["webhook-id"]).toBe(event.data.event_id);
    expect(body).not.toMatch(/Potassium|theatre/);
  }
  const wrong = new Verifier(`whsec_${Buffer.alloc(32).toString("base64")}`);
  const [first] = got;
  expect(() =>
    wrong.verify(must(first, "call").body, must(first, "call").headers as Record<string, string>),
  ).toThrow();
  expect(await registry.metrics()).toMatch(/tocsin_webhook_attempts_total\{outcome="delivered"\} [3-9]/);
  /** Which of the secrets have signed the next call, and how many signatures it has. */
  const signers = async (secrets: Record<string, string>) => {
    got.length = 0;
    await cancelled();
    const [next] = await until("the next came", () => got.length > 0 && got);
    const { body, headers } = must(next, "call");
    const isBy = (one: string): boolean => {
      try {
        return new Verifier(one).verify(body, headers as Record<string, string>) !== null;
      } catch {
        return false;
      }
    };
    const by = Object.keys(secrets).filter((name) => isBy(secrets[name] ?? ""));
    return [by, String(headers["webhook-signature"]).split(" ").length];
  };
  const two = { old: secret, new: rotated.secret };
  expect(await signers(two)).toEqual([["old", "new"], 2]);
  // The overlap of 24 hours is over.
  const owner = await hospital.owner("webhook_secrets");
  await owner.query(
    "UPDATE webhook_secrets SET expires_at = expires_at - interval '24 hours' WHERE webhook_id = $1",
    [id],
  );
  expect(await signers(two)).toEqual([["new"], 1]);
  const third = await hooks.rotate(ADMIN, id, 0);
  expect(await signers({ ...two, third: third.secret })).toEqual([["third"], 1]);
});

it("sends what failed again under the same id, and what comes after it of the same notification afterwards", async () => {
  let broken = true;
  const { url, got } = await receiver((_got, response) => void response.writeHead(broken ? 503 : 200).end());
  const { id } = await webhook(url);
  announcer();
  const first = await hospital.notify("north-1", { priority: "critical" });
  // What a test before this one left untold comes to this webhook, too.
  const ofFirst = async () => (await deliveriesOf(id)).filter(({ root_id }) => root_id === first);
  await act(hospital.knex, "north-1", first, { kind: "decline", reason: "In theatre" });
  await until("one failed", async () => (await ofFirst()).some(({ code }) => code === "http_503"));
  await act(hospital.knex, "north-1", first, { kind: "acknowledge" });
  await until("both wait", async () => (await ofFirst()).length === 2);
  broken = false;
  await hurryUntilAllCame(id);
  const came = got.filter(({ event }) => event.data.notification_id === first);
  const types = came.map(({ event }) => event.type.replace("notification.", ""));
  expect(types.at(-1)).toBe("acknowledged");
  expect(new Set(types.slice(0, -1))).toEqual(new Set(["declined"]));
  expect(types.length).toBeGreaterThan(2);
  expect(new Set(came.slice(0, -1).map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect((await hooks.find(ADMIN, id)).row).toMatchObject({ failing_since: null, failures: 0 });
});

it("an endpoint that never answers keeps no other from its events", async () => {
  const asked = Promise.withResolvers<void>();
  const hanging = await receiver(() => asked.resolve());
  const sound = await receiver();
  const { id } = await webhook(hanging.url);
  await webhook(sound.url);
  announcer();
  await cancelled();
  await asked.promise;
  const ids: string[] = [];
  for (let count = 0; count < 20; count += 1) ids.push(await cancelled("north-2"));
  await until("the other has all", () =>
    ids.every((one) => sound.got.some(({ event }) => event.data.notification_id === one)),
  );
  // A bound of its own: the requests that hang are few, and hold no connection to PostgreSQL.
  expect(hanging.got.length).toBeLessThanOrEqual(4);
  // None of them has ended: nobody waited for that.
  expect((await deliveriesOf(id)).filter(({ code, status }) => code !== null || status !== "queued")).toEqual(
    [],
  );
});

it("tells of a notification's steps one after the other, beside those of others", async () => {
  let [first, other] = ["", ""];
  const answer = Promise.withResolvers<void>();
  const order: string[] = [];
  const { url } = await receiver(({ event }, response) => {
    const { notification_id } = event.data;
    order.push(`${notification_id === first ? "first" : "other"} ${event.type.replace("notification.", "")}`);
    if (notification_id === other) answer.resolve();
    const isHeld = event.type === "notification.declined";
    void (isHeld ? answer.promise : Promise.resolve()).then(() => {
      if (isHeld) order.push("answered");
      response.writeHead(204).end();
    });
  });
  const { id } = await webhook(url);
  first = await hospital.notify("north-1", { priority: "critical" });
  await act(hospital.knex, "north-1", first, { kind: "decline", reason: "In theatre" });
  await act(hospital.knex, "north-1", first, { kind: "acknowledge" });
  other = await cancelled("north-2");
  await readAllTimelines(hospital.knex);
  announcer();
  await until("all came", async () => (await deliveriesOf(id)).every(({ status }) => status === "delivered"));
  expect(order.slice(0, 2).sort()).toEqual(["first declined", "other cancelled"]);
  expect(order.slice(2)).toEqual(["answered", "first acknowledged"]);
});

it("one event that is refused keeps no other notification's from coming", async () => {
  const poison = await hospital.notify("north-1");
  const { url, got } = await receiver(({ event }, response) => {
    response.writeHead(event.data.notification_id === poison ? 400 : 204).end();
  });
  const { id } = await webhook(url);
  announcer();
  await cancel(hospital.knex, hospital.services.north.id, poison);
  await until("it was refused", async () => (await deliveriesOf(id)).some(({ code }) => code === "http_400"));
  const other = await cancelled();
  await until("the other came", async () => {
    await hurry(id);
    return got.some(({ event }) => event.data.notification_id === other);
  });
  const owner = await hospital.owner("webhook_deliveries");
  const began = (ago: string) =>
    owner.query(
      "UPDATE webhook_deliveries SET first_attempt_at = now() - $2::interval WHERE webhook_id = $1",
      [id, ago],
    );
  await began("71 hours");
  const refusals = async () =>
    (await deliveriesOf(id)).find(({ code }) => code === "http_400")?.["attempts"] ?? 0;
  const before = await refusals();
  await until("it was refused again", async () => {
    await hurry(id);
    return (await refusals()) > before;
  });
  expect((await deliveriesOf(id)).filter(({ status }) => status === "failed")).toEqual([]);
  await began("3 days");
  await until("it is given up", async () => {
    await hurry(id);
    return (await deliveriesOf(id)).some(({ status }) => status === "failed");
  });
  expect((await hooks.find(ADMIN, id)).row.disabled_at).toBeNull();
});

it("one that has failed for three days is disabled, on record, and hears again once it is switched on", async () => {
  let broken = true;
  const { url, got } = await receiver((_got, response) => void response.writeHead(broken ? 500 : 204).end());
  const { id } = await webhook(url);
  announcer();
  const waiting = await cancelled();
  await until("it fails", async () => (await hooks.find(ADMIN, id)).row.failing_since !== null);
  const owner = await hospital.owner("webhooks");
  const failing = (ago: string) =>
    owner.query("UPDATE webhooks SET failing_since = now() - $2::interval WHERE id = $1", [id, ago]);
  await failing("71 hours");
  const { failures } = (await hooks.find(ADMIN, id)).row;
  await until("it fails again", async () => {
    await hurry(id);
    return (await hooks.find(ADMIN, id)).row.failures > failures;
  });
  expect((await hooks.find(ADMIN, id)).row.disabled_at).toBeNull();
  await failing("3 days");
  await until("it is disabled", async () => {
    await hurry(id);
    return (await hooks.find(ADMIN, id)).row.disabled_reason === "failing";
  });
  const record =
    "SELECT outcome, payload FROM audit_events WHERE action = 'webhook.disable' AND object_id = $1";
  expect(await hospital.asOwner(record, id)).toMatchObject([
    { outcome: "failed", payload: { reason: "failing" } },
  ]);
  await cancelled();
  broken = false;
  await hooks.change(ADMIN, id, { disabled: false });
  await hurryUntilAllCame(id);
  expect(got.some(({ event }) => event.data.notification_id === waiting)).toBe(true);
});

it("one that says it is gone is disabled at once", async () => {
  const { url } = await receiver((_got, response) => void response.writeHead(410).end());
  const { id } = await webhook(url);
  announcer();
  await cancelled();
  await until("it is disabled", async () => (await hooks.find(ADMIN, id)).row.disabled_reason === "gone");
});

it("what an ended node had under way is sent again under its id, and nothing is lost", async () => {
  const hanging = Promise.withResolvers<void>();
  const { url, got } = await receiver((_got, response, count) => {
    if (count === 1) hanging.resolve();
    else response.writeHead(204).end();
  });
  const { id } = await webhook(url);
  const first = announcer();
  const one = await cancelled();
  await hanging.promise;
  await first.stop();
  expect(await deliveriesOf(id)).toMatchObject([{ status: "queued", attempts: 1 }]);
  announcer();
  await hurryUntilAllCame(id);
  expect(got.map(({ event, headers }) => [event.data.notification_id, headers["webhook-id"]])).toEqual(
    Array.from({ length: 2 }, () => [one, got[0]?.event.data.event_id]),
  );
});

it("a service whose key was revoked hears nothing more, not even what waited", async () => {
  const { url, got } = await receiver((_got, response) => void response.writeHead(503).end());
  const { id } = await webhook(url);
  announcer();
  await cancelled();
  await until("it waits", async () => (await deliveriesOf(id)).some(({ code }) => code === "http_503"));
  const owner = await hospital.owner("service_keys");
  const { keyId } = hospital.services.north;
  await owner.query("UPDATE service_keys SET revoked_at = now() WHERE id = $1", [keyId]);
  onTestFinished(async () => {
    await owner.query("UPDATE service_keys SET revoked_at = NULL WHERE id = $1", [keyId]);
  });
  await until("the attempt is over", async () =>
    (await deliveriesOf(id)).every(({ attempts }) => Number(attempts) > 0),
  );
  const before = got.length;
  await until("it is given up", async () => {
    await hurry(id);
    return (await deliveriesOf(id)).every(({ code, status }) => code === "no_key" && status === "failed");
  });
  expect(got.length - before).toBeLessThanOrEqual(1);
});
