import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { must } from "../config/must.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { aContactPoint, aPolicy } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { type Page, type PagerServer, startPager } from "../tools/pager/server.ts";

/** What comes after an acknowledgement: those who were told outside hear of it, and it is taken back, answered outside and ended there. */
let site: Site;
let pager: PagerServer;
let api: Program;
let worker: Program;
let demo: Demo;
let clinician: Person;
let supervisor: Person;

async function open(resolves: boolean): Promise<void> {
  [site, pager] = await Promise.all([createSite(), startPager()]);
  const settings = { ...JSON.parse(must(pager.env["CHANNEL_PAGER"], "setting")), resolves };
  Object.assign(site.env, pager.env, { CHANNEL_PAGER: JSON.stringify(settings) });
  api = await site.start({ role: "api" });
  worker = await site.start({ role: "worker" });
  demo = await site.demo();
  const users = [demoUser(demo, "clinician"), demoUser(demo, "supervisor")] as const;
  clinician = await Person.signIn(api.url, users[0]);
  supervisor = await Person.signIn(api.url, users[1]);
  for (const { user_id } of users)
    await aContactPoint(site, { person: user_id, channel: "pager", address: `pager-of-${user_id}` });
  pager.answer = () => 202;
}
async function close(): Promise<void> {
  await site.close();
  await pager.close();
}

const after = (seconds: number) => [{ after_seconds: seconds, to: { role: "supervisor" as const } }];
async function alert(message: string, steps: ReturnType<typeof after>): Promise<string> {
  const territory = targetOf(demoUser(demo, "clinician")).territory_id;
  const policy = await aPolicy(site, { territory, rules: { steps, repeat: 0, acknowledgers: 1 } });
  const { body } = await send(api.url, demo.api_key, {
    ...targetOf(demoUser(demo, "clinician")),
    priority: "critical",
    channels: ["pager", "websocket"],
    escalation_policy_id: policy,
    message,
  });
  return body.notification_id;
}
const copyOf = (id: string): Promise<string> =>
  until("the supervisor has a copy", async () => {
    const found = (await supervisor.inbox()).find((one) => one.escalated_from === id);
    return found?.notification_id;
  });
/** The pages to a person of a role, in order. */
const pages = (role: "clinician" | "supervisor"): Page[] =>
  pager.pages.filter(({ userId }) => userId === demoUser(demo, role).user_id);
const paged = (role: "clinician" | "supervisor", many: number): Promise<Page> =>
  until(`the ${role} has ${many} pages`, () => pages(role)[many - 1]);
const settled = (of: Person, id: string, stands: string) =>
  until(`a stand-down is ${stands}`, async () =>
    (await of.timeline(id)).deliveries.find((one) => one.stand_down !== null && one.status === stands),
  );
/** Once the pager's answer is written, which has the id that it answers by. */
const taken = (id: string) =>
  until("the pager took it", async () =>
    (await clinician.timeline(id)).deliveries.some(
      (one) => one.channel === "pager" && one.status === "accepted",
    ),
  );
const answer = (body: object): Promise<Response> =>
  fetch(`${api.url}/api/channels/pager/status`, { method: "POST", body: JSON.stringify(body) });

describe("those who were told outside", () => {
  beforeAll(() => open(false));
  afterAll(close);
  afterEach(() => {
    pager.answer = () => 202;
    pager.pages.length = 0;
  });

  it("hear who took it, without a word of what was sent; who acknowledged hears nothing", async () => {
    const id = await alert("Potassium 6.8 for Quillfeather", after(1));
    await paged("clinician", 1);
    await taken(id);
    await paged("supervisor", 1);
    await supervisor.act(await copyOf(id), "acknowledge");
    const { text, notificationId } = await paged("clinician", 2);
    expect(notificationId).toBe(id);
    const { email } = demoUser(demo, "supervisor");
    expect(email).toBeTruthy();
    expect(text).toMatch(
      /^The system message of \d\d:\d\d \(UTC\): taken by .+\. There is nothing left for you to do\.$/,
    );
    expect(text).not.toContain("Potassium");
    await settled(supervisor, id, "accepted");
    expect(pages("supervisor")).toHaveLength(1);
    const { deliveries, events } = await clinician.timeline(id);
    expect(deliveries.filter((one) => one.stand_down === "taken")).toHaveLength(1);
    expect(events.map(({ status }) => status)).toContain("stand_down_accepted");
    const told = await fetch(`${api.url}/api/events?limit=100`, {
      headers: { Authorization: `Bearer ${demo.api_key}` },
    });
    expect(await told.text()).not.toContain("stand_down");
  });

  it("hear it once, though the worker is killed before it and in the middle of it", async () => {
    const id = await alert("killed", after(1));
    await taken(id);
    await paged("supervisor", 1);
    const copy = await copyOf(id);
    await worker.kill();
    await supervisor.act(copy, "acknowledge");
    pager.answer = () => "hang";
    worker = await site.start({ role: "worker" });
    await paged("clinician", 2);
    await worker.kill();
    pager.answer = () => 202;
    worker = await site.start({ role: "worker" });
    // Nobody knows whether it arrived, so it is not said again.
    await settled(supervisor, id, "unknown");
    expect(pages("clinician")).toHaveLength(2);
  });

  it("hear of it again once it is taken back, and its escalation goes on: live, by HTTP, in the sender's events", async () => {
    const live = await new LiveClient(clinician).connected();
    const id = await alert("taken back", after(1));
    await paged("clinician", 1);
    await taken(id);
    const copy = await copyOf(id);
    await supervisor.act(copy, "acknowledge");
    // Their page shows each state for certain only where it has time for it.
    await live.seesStatus(id, "acknowledged");
    await paged("clinician", 2);
    await settled(supervisor, id, "accepted");
    expect((await supervisor.act(copy, "unacknowledge")).status).toBe(200);
    const third = await paged("clinician", 3);
    expect(third.text).toContain("taken back");
    const last = () => live.frames.findLast(({ notification }) => notification.notification_id === id);
    await until("the clinician's page shows it open", () => last()?.notification.acknowledged_at === null);
    const types = () =>
      fetch(`${api.url}/api/events?limit=200`, { headers: { Authorization: `Bearer ${demo.api_key}` } }).then(
        (response) => response.text(),
      );
    await until("the sender hears", async () => (await types()).includes("notification.unacknowledged"));
    expect((await clinician.act(id, "acknowledge")).status).toBe(200);
    expect((await clinician.act(id, "complete")).status).toBe(200);
    expect((await clinician.act(id, "unacknowledge")).status).toBe(409);
    await until("the sender hears", async () => (await types()).includes("notification.completed"));
    await live.stop();
  });

  it("leaves no step out: what is taken back before its step is escalated all the same", async () => {
    const id = await alert("before its step", after(2));
    await paged("clinician", 1);
    await clinician.act(id, "acknowledge");
    expect((await clinician.act(id, "unacknowledge")).status).toBe(200);
    await copyOf(id);
  });
});

describe("a channel that answers", () => {
  beforeAll(() => open(true));
  afterAll(close);
  afterEach(() => {
    pager.pages.length = 0;
  });

  it("acknowledges for its person, once, on record; and is told that it is over, for everybody", async () => {
    const id = await alert("answered outside", after(600));
    const { deliveryId } = await paged("clinician", 1);
    await taken(id);
    const said = { answerId: "reply-1", answer: "acknowledge", to: { deliveryId } };
    const all = await Promise.all([answer(said), answer(said), answer(said)]);
    expect(all.map(({ status }) => status)).toEqual([204, 204, 204]);
    const over = await paged("clinician", 2);
    expect(over.ends).toEqual({ how: "taken", deliveryId, providerId: deliveryId });
    const { events } = await clinician.timeline(id);
    expect(events.filter(({ status }) => status === "acknowledged")).toMatchObject([{ channel: "pager" }]);
    const [own] = (await clinician.inbox()).filter((one) => one.notification_id === id);
    expect(own).toMatchObject({ status: "acknowledged", unacknowledge_until: expect.any(String) });
  });

  it("declines for its person, and the next step is taken at once", async () => {
    const id = await alert("declined outside", after(600));
    const { deliveryId } = await paged("clinician", 1);
    await taken(id);
    expect((await answer({ answerId: "no-1", answer: "decline", to: { deliveryId } })).status).toBe(204);
    await copyOf(id);
    const [own] = (await clinician.inbox()).filter((one) => one.notification_id === id);
    expect(own?.decline_reason).toBe("Declined by pager.");
  });

  it("does nothing where it is not plain what is meant, and says so on record", async () => {
    const first = await alert("one of two", after(600));
    const second = await alert("two of two", after(600));
    await paged("clinician", 2);
    for (const id of [first, second]) await taken(id);
    const address = must(pages("clinician")[0], "page").address;
    expect((await answer({ answerId: "which", answer: "acknowledge", to: { address } })).status).toBe(204);
    expect(
      (await answer({ answerId: "whose", answer: "acknowledge", to: { address: "nobody" } })).status,
    ).toBe(204);
    const open = (await clinician.inbox()).filter((one) => one.acknowledged_at === null);
    expect(open.map((one) => one.notification_id)).toContain(first);
    await site.knex.raw("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
    const { rows } = await site.knex.raw(
      "SELECT actor, outcome, payload->>'reason' AS reason FROM audit_events WHERE action = 'channel.answer' ORDER BY id",
    );
    expect(rows).toEqual([
      { actor: "callback:pager", outcome: "denied", reason: "ambiguous" },
      { actor: "callback:pager", outcome: "denied", reason: "unknown" },
    ]);
  });
});
