import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { must } from "../config/must.ts";
import type { Demo } from "../store/demo.ts";
import { startTemporal } from "../tools/services/temporal.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { aPolicy } from "../testing/nouns.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const NORTH = "north-hospital";
const step = (
  after_seconds: number,
  to: { role: "supervisor" | "clinician" } | { recipient: true } | { user_id: string },
) => ({
  after_seconds,
  to,
});

describe("escalation", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let clinician: Person;
  let colleague: Person;
  let supervisor: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    const people = [
      demoUser(demo, "clinician"),
      demoUser(demo, "clinician", 1),
      demoUser(demo, "supervisor"),
    ] as const;
    [clinician, colleague, supervisor] = await Promise.all([
      Person.signIn(node.url, people[0]),
      Person.signIn(node.url, people[1]),
      Person.signIn(node.url, people[2]),
    ]);
  });
  afterAll(async () => {
    await site.close();
  });

  it("goes on in the lane of what is critical once a repeat has raised the alert", async () => {
    const policy = await aPolicy(site, {
      territory: NORTH,
      rules: { steps: [step(3_600, { role: "supervisor" })], repeat: 0, acknowledgers: 1 },
      isDefault: false,
    });
    const problem = { dedup_key: "raised-lane", escalation_policy_id: policy };
    const id = await alert("rising", { ...problem, priority: "high" });
    const connection = await Connection.connect({ address: inject("temporalAddress") });
    onTestFinished(() => connection.close());
    const runs = new Client({ connection }).workflow;
    const queue = async () => {
      const found = await runs.getHandle(id).describe();
      return found.status.name === "RUNNING" ? found.taskQueue : null;
    };
    const ordinary = must(site.env["TEMPORAL_TASK_QUEUE"], "task queue");
    const own = async () => (await clinician.inbox()).filter((one) => one.notification_id === id);
    await until("it is the alert of its key", async () => (await own()).length === 1);
    await until("it waits for its step", async () => (await queue()) === ordinary);
    await alert("risen", { ...problem, priority: "critical" });
    await until("it waits in the other lane", async () => (await queue()) === `${ordinary}.critical`);
    expect(await own()).toMatchObject([{ priority: "critical" }]);
  });

  async function alert(message: string, extra: Record<string, unknown> = {}): Promise<string> {
    const { user_id } = demoUser(demo, "clinician");
    const answer = await send(node.url, demo.api_key, {
      user_id,
      territory_id: NORTH,
      message,
      priority: "critical",
      ...extra,
    });
    expect(answer.status).toBe(202);
    return answer.body.notification_id;
  }
  const copies = async (person: Person, id: string) =>
    (await person.inbox()).filter((one) => one.escalated_from === id);
  const copy = (person: Person, id: string) =>
    until("the copy is there", async () => (await copies(person, id))[0]);
  const events = async (id: string) =>
    (await clinician.timeline(id)).events.map(({ status, reason }) => [status, reason]);

  it("tells the supervisors of what nobody acknowledged; acknowledging the copy acknowledges both", async () => {
    await aPolicy(site, {
      territory: NORTH,
      rules: { steps: [step(1, { role: "supervisor" })], repeat: 0, acknowledgers: 1 },
    });
    const [first, second] = [
      await new LiveClient(clinician).connected(),
      await new LiveClient(supervisor).connected(),
    ];
    const id = await alert("K+ 6.8");
    const escalated = await copy(supervisor, id);
    expect(escalated).toMatchObject({ message: "K+ 6.8", status: expect.any(String), priority: "critical" });
    await second.sees(escalated.notification_id);
    // The step is on the timeline once all of its people are told.
    await until("the step is taken", async () =>
      (await events(id)).some(([status, reason]) => status === "escalated" && reason === "to_supervisor"),
    );

    expect((await supervisor.act(escalated.notification_id, "acknowledge")).status).toBe(200);
    expect(await first.seesStatus(id, "acknowledged")).toMatchObject({ notification_id: id });
    expect(await events(id)).toContainEqual(["acknowledged", "by_colleague"]);
    expect(await copies(colleague, id)).toEqual([]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it("tells nobody of what was acknowledged in time, though the workflow was not told", async () => {
    await aPolicy(site, {
      territory: NORTH,
      rules: { steps: [step(8, { role: "supervisor" })], repeat: 0, acknowledgers: 1 },
    });
    // A second node that can't reach Temporal: its signal is lost for certain.
    const deaf = await site.start({ role: "api", env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } });
    const id = await alert("acknowledged in time");
    await until("it is in the inbox", async () =>
      (await clinician.inbox()).some((one) => one.notification_id === id),
    );
    expect((await clinician.at(deaf.url).act(id, "acknowledge")).status).toBe(200);
    await deaf.stop();
    // A later alert that does escalate says that the first one's step has passed.
    const later = await alert("not acknowledged");
    await copy(supervisor, later);
    expect(await copies(supervisor, id)).toEqual([]);
    expect((await events(id)).filter(([status]) => status === "escalated")).toEqual([]);
    await clinician.act(later, "acknowledge");
  });

  it("walks its steps: the recipient again, a colleague, then the supervisors, and repeats", async () => {
    const { user_id } = demoUser(demo, "clinician", 1);
    const steps = [step(1, { recipient: true }), step(1, { user_id }), step(1, { role: "supervisor" })];
    await aPolicy(site, { territory: NORTH, rules: { steps, repeat: 1, acknowledgers: 1 } });
    const live = await new LiveClient(clinician).connected();
    const id = await alert("walks all steps");
    const walked = await until("all steps are walked", async () => {
      const reasons = (await events(id))
        .filter(([status]) => status === "escalated")
        .map(([, reason]) => reason);
      return reasons.length === 6 && reasons;
    });
    const round = ["to_recipient", "to_person", "to_supervisor"];
    expect(walked).toEqual([...round, ...round]);
    expect(await copies(colleague, id)).toHaveLength(1);
    expect(await copies(supervisor, id)).toHaveLength(1);
    // Telling the recipient again is a change of the inbox: the socket sees it with a new number, the person once.
    await until(
      "it is seen again",
      () => live.frames.filter(({ notification }) => notification.notification_id === id).length >= 2,
    );
    expect(live.shown.filter(({ notification_id }) => notification_id === id)).toHaveLength(1);
    await live.stop();
  });

  it("takes the next step within two seconds of a decline, to the next one's open page", async () => {
    const escalation_policy_id = await aPolicy(site, {
      territory: NORTH,
      rules: { steps: [step(3_600, { role: "supervisor" })], repeat: 0, acknowledgers: 1 },
    });
    const page = await new LiveClient(supervisor).connected();
    onTestFinished(() => page.stop());
    const id = await alert("declined at once", { escalation_policy_id });
    await until("it has arrived", async () =>
      (await clinician.inbox()).some((one) => one.notification_id === id),
    );
    const body = JSON.stringify({ reason: "In theatre" });
    const headers = { "Content-Type": "application/json" };
    const began = performance.now();
    const declined = await clinician.fetch(`/api/notifications/${id}/decline`, {
      ...{ method: "POST", headers, body },
    });
    expect(declined.status).toBe(200);
    await until("the supervisor's page shows it", () => page.shown.some((one) => one.escalated_from === id));
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it("goes on until as many people acknowledged as the policy asks", async () => {
    const policy = await aPolicy(site, {
      territory: NORTH,
      rules: {
        steps: [step(1, { role: "supervisor" }), step(8, { role: "clinician" })],
        repeat: 0,
        acknowledgers: 2,
      },
      isDefault: false,
    });
    const id = await alert("two must acknowledge", { priority: "high", escalation_policy_id: policy });
    await until("it is in the inbox", async () =>
      (await clinician.inbox()).some((one) => one.notification_id === id),
    );
    await clinician.act(id, "acknowledge");
    const escalated = await copy(supervisor, id);
    expect(escalated.status).not.toBe("acknowledged");
    await supervisor.act(escalated.notification_id, "acknowledge");
    // The step to the clinicians would have told the colleague eight seconds later.
    const later = await alert("a later one", { escalation_policy_id: policy });
    await copy(colleague, later);
    expect(await copies(colleague, id)).toEqual([]);
  });

  it("says so when a step finds nobody", async () => {
    const policy = await aPolicy(site, {
      territory: NORTH,
      rules: { steps: [step(1, { user_id: "nobody" })], repeat: 0, acknowledgers: 1 },
      isDefault: false,
    });
    const id = await alert("nobody to tell", { escalation_policy_id: policy });
    await until("the step is walked", async () =>
      (await events(id)).some(([, reason]) => reason === "to_nobody"),
    );
  });

  it("keeps time through kill -9 of the worker and of Temporal in the middle of the wait, and escalates once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tocsin-escalation-"));
    const dbFile = join(folder, "temporal.db");
    let temporal = await startTemporal({ dbFile });
    const other = await createSite({ TEMPORAL_ADDRESS: temporal.address });
    onTestFinished(async () => {
      await other.close();
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const api = await other.start({ role: "api" });
    const worker = await other.start({ role: "worker" });
    await aPolicy(other, {
      territory: NORTH,
      rules: { steps: [step(6, { role: "supervisor" })], repeat: 0, acknowledgers: 1 },
    });
    const theirs = await other.demo();
    const boss = await Person.signIn(api.url, demoUser(theirs, "supervisor"));
    const { user_id } = demoUser(theirs, "clinician");
    const body = { user_id, territory_id: NORTH, message: "survives", priority: "critical" };
    const { body: sent } = await send(api.url, theirs.api_key, body, { Prefer: "wait=20" });

    await Promise.all([worker.kill(), temporal.stop("SIGKILL")]);
    temporal = await startTemporal({ dbFile, port: temporal.port });
    await other.start({ role: "worker" });
    const [found] = await until("it escalated", async () => {
      const all = await copies(boss, sent.notification_id);
      return all.length > 0 && all;
    });
    const waited =
      Date.parse(must(found, "copy").created_at) -
      Date.parse(must((await boss.timeline(sent.notification_id)).events[0], "event").at);
    expect(waited).toBeGreaterThanOrEqual(6_000);
    const recorded = await until("the step is on the timeline", async () => {
      const { events: all } = await boss.timeline(sent.notification_id);
      return all.some(({ status }) => status === "escalated") && all;
    });
    expect(recorded.filter(({ status }) => status === "escalated")).toHaveLength(1);
    expect(await copies(boss, sent.notification_id)).toHaveLength(1);
  });
});
