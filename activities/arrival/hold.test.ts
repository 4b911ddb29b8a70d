import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BroadcastSent, InboxPage, Original } from "../../api/notifications/schema.ts";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { createRedactor } from "../../redaction/threads/redactor.ts";
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
  const deps = {
    knex: hospital.knex,
    vault: createVault(hospital.config.masterKeys),
    redactor,
    log: createLog("error", { write: (line) => void lines.push(line) }),
    channels: { names: () => ["websocket"] },
    bridge,
    onStep: () => undefined,
    onSettled: () => undefined,
  };
  activities = { persist: createPersist(deps), broadcastPage: createBroadcastPage(deps) };
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

describe("a text that can't be redacted within bounds", () => {
  it("holds its message twice, then is withheld: its recipient is told, and can reveal it", async () => {
    const { north1 } = hospital.people;
    const id = await hospital.accept(north1.id, { message, title: "Jane Roe", priority: "critical" });
    await expect(activities.persist(id)).rejects.toMatchObject(unfinished);
    await expect(activities.persist(id)).rejects.toMatchObject(unfinished);
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
    for (const _ of [1, 2]) await expect(activities.persist(id)).rejects.toMatchObject(unfinished);
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
