import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const NORTH = "north-hospital";

describe("cover", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let absent: Person;
  let delegate: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    absent = await Person.signIn(node.url, demoUser(demo, "clinician"));
    delegate = await Person.signIn(node.url, demoUser(demo, "clinician", 1));
  });
  afterAll(async () => {
    await site.close();
  });

  it("brings what comes for somebody away to the delegate's open page, and their acknowledgement back", async () => {
    const put = await absent.fetch("/api/availability", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        status: "away",
        until: new Date(Date.now() + 3_600_000).toISOString(),
        delegate: demoUser(demo, "clinician", 1).user_id,
        instead: true,
      }),
    });
    expect(put.status).toBe(200);
    const own = await new LiveClient(absent).connected();
    const theirs = await new LiveClient(delegate).connected();
    const { user_id } = demoUser(demo, "clinician");
    const { status, body } = await send(node.url, demo.api_key, {
      user_id,
      territory_id: NORTH,
      message: "Potassium 6.8 for Ada Example, bed 12",
      known: [{ kind: "name", value: "Ada Example" }],
      priority: "critical",
    });
    expect(status).toBe(202);
    const id = body.notification_id;
    const copy = await until("the delegate has it", async () =>
      (await delegate.inbox()).find(({ escalated_from }) => escalated_from === id),
    );
    expect(copy.covers_for).toMatchObject([{ user_id, name: expect.stringMatching(/^Demo/) }]);
    expect(await theirs.sees(copy.notification_id)).toMatchObject({ covers_for: copy.covers_for });
    await own.sees(id);

    const revealed = await delegate.fetch(`/api/notifications/${copy.notification_id}/reveal`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    expect(await revealed.json()).toMatchObject({ message: "Potassium 6.8 for Ada Example, bed 12" });

    expect((await delegate.act(copy.notification_id, "acknowledge")).status).toBe(200);
    await own.seesStatus(id, "acknowledged");

    // Nobody has an address here: whoever has a page open can be reached, and so can whom they cover.
    const boss = await Person.signIn(node.url, demoUser(demo, "supervisor"));
    const unreachable = async (): Promise<string[]> => {
      const answer = await boss.fetch(`/api/unreachable?territory=${NORTH}`);
      const { people } = z
        .object({ people: z.array(z.object({ user_id: z.string() })) })
        .parse(await answer.json());
      return people.map((one) => one.user_id);
    };
    const cover = demoUser(demo, "clinician", 1).user_id;
    expect(await unreachable()).not.toEqual(expect.arrayContaining([user_id]));
    expect(await unreachable()).not.toContain(cover);
    await Promise.all([own.stop(), theirs.stop()]);
    await until(
      "the delegate's page is closed",
      async () => (await unreachable()).includes(cover) || undefined,
    );
  });
});
