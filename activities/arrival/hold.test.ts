import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BroadcastSent, InboxPage, Original } from "../../api/notifications/schema.ts";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { RecognizerUnavailable } from "../../redaction/index.ts";
import { createRedactor } from "../../redaction/threads/redactor.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { createBroadcastPage } from "./broadcast.ts";
import { createPersist } from "./persist.ts";

/** A text that takes a few hundred ms to redact, where one ms is allowed. */
const message = "ﷺ".repeat(5_000);

let hospital: Hospital;
let server: TestServer;
/** Persists with a redactor that fails. */
let failing: (error: Error) => ReturnType<typeof createPersist>;
let activities: {
  persist(id: string): Promise<unknown>;
  broadcastPage(id: string, after: string): Promise<unknown>;
};
const lines: string[] = [];
const redactor = createRedactor({ threads: 1, limits: { ms: 1 } });
const bridge = createLocalBridge();

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  const vault = createVault(hospital.config.masterKeys);
  const deps = {
    knex: hospital.knex,
    vault,
    secrets: await loadInstallationKey(hospital.knex, vault),
    redactor,
    log: createLog("error", { write: (line) => void lines.push(line) }),
    channels: { names: () => ["websocket"] },
    bridge,
    onSettled: () => undefined,
    onWork: () => undefined,
  };
  activities = { persist: createPersist(deps), broadcastPage: createBroadcastPage(deps) };
  failing = (error) => createPersist({ ...deps, redactor: { redact: () => Promise.reject(error) } });
});
afterAll(async () => {
  await redactor.stop();
  await bridge.close();
  await server.stop();
  await hospital.close();
});

const inbox = async (person: { id: string }) =>
  (await server.get("/api/notifications", as(person))).read(InboxPage).notifications;
const recorded = (id: string) =>
  hospital.asOwner(
    "SELECT action, outcome, payload FROM audit_events WHERE object_id = $1 AND action = 'notification.redact' ORDER BY id",
    id,
  );
const unfinished = { name: "RedactionUnfinished" };
/** It waits in its workflow. */
const held = { groups: [], holdMs: expect.any(Number) };

describe("a text that can't be redacted within bounds", () => {
  it("holds its message twice, then is withheld: its recipient is told, and can reveal it", async () => {
    const { north1 } = hospital.people;
    const id = await hospital.accept(north1.id, { message, title: "Jane Roe", priority: "critical" });
    expect(await activities.persist(id)).toMatchObject(held);
    expect(await activities.persist(id)).toMatchObject(held);
    expect(await inbox(north1)).toEqual([]);
    await activities.persist(id);
    const [shown, ...others] = await inbox(north1);
    expect(others).toEqual([]);
    expect(shown).toMatchObject({ notification_id: id, title: null, status: "sent", priority: "critical" });
    expect(shown?.message).toMatch(/could not be redacted.*Reveal/);
    const revealed = await server.post(`/api/notifications/${id}/reveal`, {}, as(north1));
    expect(revealed.read(Original)).toMatchObject({ title: "Jane Roe", message });
  });

  it("is on record with every try, and in the log once it is withheld", async () => {
    const id = await hospital.accept(hospital.people.north2.id, { message });
    for (const _ of [1, 2]) expect(await activities.persist(id)).toMatchObject(held);
    await activities.persist(id);
    expect(await recorded(id)).toEqual(
      ["held", "held", "withheld"].map((text, index) => ({
        action: "notification.redact",
        outcome: "failed",
        payload: { tries: index + 1, too_much: "time", text },
      })),
    );
    const told = lines.filter((line) => line.includes(id));
    expect(told).toEqual([expect.stringContaining("is withheld")]);
    expect(lines.join()).not.toContain("ﷺ");
  });

  it("is not tried again for the other pages of its broadcast", async () => {
    const body = { territory_id: "south", message };
    const answer = await server.post("/api/notifications/broadcast", body, as(hospital.services.south));
    const { broadcast_id: id } = answer.read(BroadcastSent);
    for (const _ of [1, 2]) await expect(activities.broadcastPage(id, "")).rejects.toMatchObject(unfinished);
    await activities.broadcastPage(id, "");
    await activities.broadcastPage(id, "");
    expect(await recorded(id)).toHaveLength(3);
    expect(await inbox(hospital.people.south1)).toMatchObject([{ message: expect.stringMatching(/Reveal/) }]);
  });
});

describe("a send that can't arrive now waits in its workflow", () => {
  const waitOf = async (persisting: Promise<{ holdMs?: number }>): Promise<number> => {
    const { holdMs = 0 } = await persisting;
    return Math.round(holdMs / 1_000);
  };
  const troubles = (id: string) =>
    hospital.asOwner("SELECT kind, failures, code FROM troubles WHERE id = $1", id);

  it("no longer than 15 s where it is critical: then its recipient is told without its text, on record", async () => {
    const id = await hospital.accept("north-2", { priority: "critical", title: "Jane Roe" });
    const persist = failing(new RecognizerUnavailable("presidio", "timeout"));
    expect(await waitOf(persist(id))).toBe(5);
    const owner = await hospital.owner("sends");
    await owner.query("UPDATE sends SET created_at = now() - interval '16 seconds' WHERE id = $1", [id]);
    await persist(id);
    const [shown] = (await inbox(hospital.people.north2)).filter((one) => one.notification_id === id);
    expect(shown).toMatchObject({ title: null, message: expect.stringMatching(/Reveal/) });
    expect(await recorded(id)).toMatchObject([
      { outcome: "failed", payload: { recognizer: "presidio", code: "timeout", text: "withheld" } },
    ]);
  });

  it("a few seconds while the recognizer is away, which is no fault of its own", async () => {
    const id = await hospital.accept("north-1");
    const persist = failing(new RecognizerUnavailable("presidio", "timeout"));
    expect(await waitOf(persist(id))).toBe(5);
    expect(await troubles(id)).toEqual([]);
  });

  it("longer and longer where it fails each time, on a list and in the log by its id", async () => {
    const id = await hospital.accept("north-1");
    const persist = failing(new TypeError(`can't read ${message}`));
    expect([await waitOf(persist(id)), await waitOf(persist(id)), await waitOf(persist(id))]).toEqual([
      2, 4, 8,
    ]);
    expect(await troubles(id)).toEqual([{ kind: "arrive", failures: 3, code: "failed" }]);
    const told = lines.filter((line) => line.includes(id));
    expect(told).toHaveLength(3);
    expect(told.join()).not.toContain("ﷺ");
  });
});
