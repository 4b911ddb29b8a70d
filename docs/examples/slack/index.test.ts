import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChannelInstance, Deliverable } from "tocsin/channel";
import { deliverable, testChannel, toolsFor, type Provider, type Scenario } from "tocsin/testkit";
import { MEMBER, startSlack, TOKEN, type Behaviour, type Slack } from "./fixture.ts";
import channel from "./index.ts";

const BEHAVIOURS: Record<Scenario, Behaviour> = {
  taken: "answer",
  busy: { status: 429, retryAfter: 7 },
  failing: { status: 503 },
  refused: { error: "channel_not_found" },
  lost: "cut",
  hanging: "hang",
};

/** The fixture as the suite's provider. */
async function open(): Promise<Provider> {
  const slack = await startSlack();
  return {
    config: { token: TOKEN, base_url: slack.url },
    address: MEMBER,
    busyForMs: 7_000,
    behave(scenario) {
      slack.behaviour = BEHAVIOURS[scenario];
      slack.posts.length = 0;
    },
    requests: () => slack.posts.map(() => ({ idempotencyKey: null })),
    close: () => slack.close(),
  };
}

testChannel(channel, { open });

describe("slack", () => {
  let slack: Slack;
  beforeEach(async () => {
    slack = await startSlack();
  });
  afterEach(() => slack.close());

  async function started(settings: object = {}): Promise<ChannelInstance> {
    const config = channel.config.parse({ token: TOKEN, base_url: slack.url, ...settings });
    return channel.start(config, toolsFor(channel, channel.hosts(config)));
  }
  function message(changes: Partial<Deliverable["message"]>): Deliverable {
    const given = deliverable({ address: MEMBER });
    return { ...given, message: { ...given.message, title: null, ...changes } };
  }

  test("posts the text as it is, with no mention, link preview or markup, and a link to the inbox", async () => {
    const instance = await started({ inbox_url: "https://tocsin.hospital.example/?a=1&b=2" });
    const outcome = await instance.deliver(message({ text: "<!channel> & *you*", priority: "critical" }));
    expect(outcome).toEqual({
      kind: "accepted",
      providerId: expect.stringMatching(/^D024BE91L:\d+\.000001$/),
    });
    expect(slack.posts).toEqual([
      {
        channel: MEMBER,
        text: "CRITICAL: &lt;!channel&gt; &amp; *you*\nhttps://tocsin.hospital.example/?a=1&amp;b=2",
        mrkdwn: false,
        unfurl_links: false,
        unfurl_media: false,
      },
    ]);
  });

  test.each<[Behaviour, object]>([
    [{ error: "service_unavailable" }, { kind: "retry", code: "service_unavailable" }],
    [{ error: "internal_error" }, { kind: "unknown", code: "internal_error" }],
    [{ error: "token_revoked" }, { kind: "reject", code: "token_revoked" }],
    [{ error: "something_new" }, { kind: "reject", code: "refused" }],
    [{ status: 200 }, { kind: "reject", code: "refused" }],
    [{ status: 204 }, { kind: "unknown", code: "answer_unreadable" }],
  ])("answers %j with %j", async (behaviour, outcome) => {
    slack.behaviour = behaviour;
    expect(await (await started()).deliver(message({}))).toEqual(outcome);
  });

  test("knows a wrong token before anything is sent", async () => {
    expect(await (await started({ token: "xoxb-wrong" })).check()).toEqual({
      ok: false,
      code: "invalid_auth",
    });
    expect(() => channel.config.parse({ token: "xoxp-a-person's" })).toThrow("must be a bot token");
  });

  test("takes member ids, and no names", () => {
    const config = channel.config.parse({ token: TOKEN });
    expect(channel.hosts(config)).toEqual(["slack.com"]);
    const typed = [MEMBER, "W012A3CDE", "@ada", "#general", "C012AB3CDEF", "ada@clinic.example"];
    expect(typed.map((text) => channel.address?.(text, config))).toEqual([
      ...typed.slice(0, 2),
      null,
      null,
      null,
      null,
    ]);
  });
});
