import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedisServer } from "../tools/services/redis.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Two API nodes and a worker, each a process of its own, on a Redis that the test may kill. */
describe("nodes joined by Redis", () => {
  let redis: RedisServer;
  let folder: string;
  let site: Site;
  let a: Program;
  let b: Program;
  let key: string;
  let target: { user_id: string; territory_id: string };
  let onB: Person;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tocsin-redis-"));
    redis = await startRedisServer({ folder });
    site = await createSite({ REDIS_URL: redis.url });
    [a, b] = await Promise.all([
      site.start({ role: "api" }),
      site.start({ role: "api" }),
      site.start({ role: "worker" }),
    ]);
    const demo = await site.demo();
    key = demo.api_key;
    const clinician = demoUser(demo, "clinician");
    target = targetOf(clinician);
    onB = await Person.signIn(b.url, clinician);
  });
  afterAll(async () => {
    await site.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const sendA = async (message: string): Promise<string> =>
    (await send(a.url, key, { ...target, message })).body.notification_id;

  it("shows on node B what was sent through node A, and says so in the timeline", async () => {
    const live = await new LiveClient(onB).connected();
    const id = await sendA("Sent through A");
    expect(await live.sees(id)).toMatchObject({ message: "Sent through A", user_id: target.user_id });
    const { deliveries } = await until("the receipt is recorded", async () => {
      const timeline = await onB.timeline(id);
      return timeline.deliveries[0]?.status === "delivered" && timeline;
    });
    expect(deliveries).toMatchObject([
      { channel: "websocket", status: "delivered", reason: null, attempts: 1 },
    ]);
    await live.stop();
  });

  it("puts ids and numbers on the bus, and nothing else", async () => {
    const watcher = createClient({ url: redis.url });
    watcher.on("error", () => undefined);
    const seen: { channel: string; text: string }[] = [];
    await watcher.connect();
    await watcher.pSubscribe("*", (text, channel) => seen.push({ channel, text }));
    const live = await new LiveClient(onB).connected();
    const id = await sendA("Potassium 6.8 for Zebulon Quillfeather");
    await live.sees(id);
    await until("the receipt's hint is on the bus", () => seen.length >= 2);
    const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
    for (const { channel, text } of seen) {
      expect(channel.replace(uuid, "<id>")).toMatch(/^tocsin:(inbox:<id>|receipts)$/);
      expect(text.replace(uuid, "<id>")).toMatch(
        /^(\{"seq":\d+,"id":"<id>","from":"<id>"\}|\["(progress )?<id>"(,"(progress )?<id>")*\])$/,
      );
    }
    await live.stop();
    watcher.destroy();
  });

  it("answers a send that waits as soon as the worker's first attempt is over", async () => {
    const live = await new LiveClient(onB).connected();
    live.confirm(false);
    const wait = { Prefer: "wait=30" };
    const began = performance.now();
    const { status, body } = await send(a.url, key, { ...target, message: "Who has it?" }, wait);
    expect({ status, deliveries: body.deliveries }).toMatchObject({
      status: 200,
      deliveries: [{ status: "accepted" }],
    });
    expect(performance.now() - began).toBeLessThan(25_000);
    await live.stop();
  });

  it("loses nothing, repeats nothing and keeps the order when Redis is killed and comes back empty", async () => {
    const live = await new LiveClient(onB).connected();
    const sent: string[] = [];
    for (let n = 0; n < 5; n += 1) sent.push(await sendA(`before ${n}`));
    await redis.stop("SIGKILL");
    for (let n = 0; n < 5; n += 1) sent.push(await sendA(`while away ${n}`));
    redis = await startRedisServer({ folder, port: redis.port });
    for (let n = 0; n < 5; n += 1) sent.push(await sendA(`after ${n}`));
    for (const id of sent) await live.sees(id);

    const shown = live.shown.map(({ notification_id }) => notification_id);
    expect([...shown].sort()).toEqual([...sent].sort());
    const seqs = live.frames.map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((x, y) => x - y));
    expect(new Set(seqs).size).toBe(seqs.length);
    const inbox = await onB.inbox();
    for (const id of sent)
      expect(inbox.filter(({ notification_id }) => notification_id === id)).toHaveLength(1);
    await live.stop();
  });

  it("shows an acknowledgement on node A to the same person's session on node B", async () => {
    const live = await new LiveClient(onB).connected();
    const id = await sendA("To acknowledge");
    await live.sees(id);
    expect((await onB.at(a.url).act(id, "acknowledge")).status).toBe(200);
    expect(await live.seesStatus(id, "acknowledged")).toMatchObject({ notification_id: id });
    await live.stop();
  });
});
