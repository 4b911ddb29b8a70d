import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Sends other than of one message to one person, now. */
describe("sends", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let target: { user_id: string; territory_id: string };
  let person: Person;
  let stranger: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    const clinician = demoUser(demo, "clinician");
    target = targetOf(clinician);
    person = await Person.signIn(node.url, clinician);
    stranger = await Person.signIn(node.url, demoUser(demo, "clinician", 2));
  });
  afterAll(() => site.close());

  const call = async (path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${node.url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const inInbox = async (id: string) =>
    (await person.inbox()).find(({ notification_id }) => notification_id === id);
  const arrives = (id: string) => until("it is in the inbox", () => inInbox(id));
  const later = (ms: number): string => new Date(Date.now() + ms).toISOString();

  describe("later", () => {
    it("arrives at its time: nothing of it is seen before, and no number is drawn", async () => {
      const live = await new LiveClient(person).connected();
      const send_at = later(8_000);
      const { body } = await send(node.url, demo.api_key, { ...target, message: "for later", send_at });
      const before = live.position;
      const now = await send(node.url, demo.api_key, { ...target, message: "for now" });
      await live.sees(now.body.notification_id);
      expect(live.position).toBe(before + 1);
      expect(await inInbox(body.notification_id)).toBeUndefined();
      expect(await live.sees(body.notification_id)).toMatchObject({ created_at: send_at });
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(send_at));
      await live.stop();
    });

    it("can be cancelled before, by its sender alone, and then never arrives", async () => {
      const { body } = await send(node.url, demo.api_key, {
        ...target,
        message: "never",
        send_at: later(5_000),
      });
      const path = `/api/notifications/${body.notification_id}/cancel`;
      expect((await fetch(`${node.url}${path}`, { method: "POST" })).status).toBe(401);
      expect(await call(path, {})).toEqual({ status: 200, body: { status: "cancelled" } });
      expect(await call(path, {})).toEqual({ status: 200, body: { status: "cancelled" } });
      const after = await send(node.url, demo.api_key, {
        ...target,
        message: "after",
        send_at: later(5_500),
      });
      await arrives(after.body.notification_id);
      expect(await inInbox(body.notification_id)).toBeUndefined();
    });

    it("can't be cancelled once somebody has acknowledged it; nor can what is not there", async () => {
      const live = await new LiveClient(person).connected();
      const { body } = await send(
        node.url,
        demo.api_key,
        { ...target, message: "sent" },
        { Prefer: "wait=20" },
      );
      await person.act(body.notification_id, "acknowledge");
      expect((await call(`/api/notifications/${body.notification_id}/cancel`, {})).status).toBe(409);
      expect((await call("/api/notifications/01890000-0000-7000-8000-000000000000/cancel", {})).status).toBe(
        404,
      );
      expect((await call("/api/notifications/x/cancel", {})).status).toBe(404);
      await live.stop();
    });
  });

  describe("for a time", () => {
    it("expires in the inbox, on every screen, and can't be acted on then", async () => {
      const live = await new LiveClient(person).connected();
      const { body } = await send(node.url, demo.api_key, {
        ...target,
        message: "short-lived",
        expires_at: later(3_000),
      });
      await live.sees(body.notification_id);
      await live.seesStatus(body.notification_id, "expired");
      expect((await person.act(body.notification_id, "acknowledge")).status).toBe(409);
      await live.stop();
    });

    it("is not sent any more when its time was over before it could be", async () => {
      const { body } = await send(node.url, demo.api_key, {
        ...target,
        message: "too late",
        // Persisted at its time, when the one ms is over.
        send_at: later(3_000),
        expires_at: later(3_001),
      });
      expect(await arrives(body.notification_id)).toMatchObject({ status: "expired" });
      const { deliveries } = await person.timeline(body.notification_id);
      expect(deliveries).toMatchObject([{ status: "skipped", reason: "expired" }]);
    });
  });

  describe("in bulk", () => {
    it("accepts or refuses each by itself, in order; a repeat gets the same answers", async () => {
      const notifications = [
        { ...target, message: "first of the bulk" },
        { ...target, message: "" },
        { ...target, user_id: "nobody", message: "x" },
        { ...target, territory_id: "elsewhere", message: "x" },
        { ...target, message: "last of the bulk" },
      ];
      const key = { "Idempotency-Key": "bulk" };
      const { status, body } = await call("/api/notifications/send-bulk", { notifications }, key);
      expect(status).toBe(202);
      const problem = (code: number) => ({ problem: { status: code, type: expect.any(String) } });
      expect(body.results).toMatchObject([
        { status: "sent" },
        problem(422),
        problem(422),
        problem(403),
        { status: "sent" },
      ]);
      await Promise.all([arrives(body.results[0].notification_id), arrives(body.results[4].notification_id)]);
      expect((await call("/api/notifications/send-bulk", { notifications }, key)).body).toEqual(body);
    });

    it("takes a thousand, and not one more", async () => {
      const many = (count: number) =>
        Array.from({ length: count }, (_, n) => ({ ...target, message: `number ${n}` }));
      expect((await call("/api/notifications/send-bulk", { notifications: many(1_001) })).status).toBe(422);
      expect((await call("/api/notifications/send-bulk", { notifications: [] })).status).toBe(422);
    });
  });

  describe("to everybody", () => {
    it("reaches the territory's people, each once, and nobody else; the sender can follow it", async () => {
      const live = await new LiveClient(person).connected();
      const { status, body } = await call("/api/notifications/broadcast", {
        territory_id: target.territory_id,
        message: "To all: Zebulon Quillfeather is well.",
        known: [{ kind: "name", value: "Zebulon Quillfeather" }],
      });
      expect(status).toBe(202);
      const progress = await until("the broadcast is complete", async () => {
        const answer = await call(`/api/broadcasts/${body.broadcast_id}`);
        return answer.body.status === "completed" && answer.body;
      });
      expect(progress).toMatchObject({ recipients: 3, persisted: 3 });
      const shown = await until("it is shown", () =>
        live.shown.find(({ message }) => message.startsWith("To all")),
      );
      expect(shown.message).not.toContain("Quillfeather");
      expect((await person.act(shown.notification_id, "reveal")).body).toMatchObject({
        message: expect.stringContaining("Quillfeather"),
      });
      expect((await stranger.inbox()).filter(({ message }) => message.startsWith("To all"))).toEqual([]);
      await until(
        "its receipt counts",
        async () => (await call(`/api/broadcasts/${body.broadcast_id}`)).body.delivered === 1,
      );
      expect(live.shown.filter(({ message }) => message.startsWith("To all"))).toHaveLength(1);
      await live.stop();
    });

    it("reaches those with a role only", async () => {
      const { territory_id } = target;
      const { body } = await call("/api/notifications/broadcast", {
        territory_id,
        role: "supervisor",
        message: "To supervisors",
      });
      await until(
        "complete",
        async () => (await call(`/api/broadcasts/${body.broadcast_id}`)).body.persisted === 1,
      );
      const supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
      expect((await supervisor.inbox()).map(({ message }) => message)).toContain("To supervisors");
      expect((await person.inbox()).map(({ message }) => message)).not.toContain("To supervisors");
    });
  });
});
