import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTwilio, type Behaviour, type Twilio } from "./fixture/server.ts";
import { CALLBACK_URL, deliverable, PHONE, started } from "./testing.ts";

let twilio: Twilio;
beforeEach(async () => {
  twilio = await startTwilio({ apiKeys: { [`SK${"1".repeat(32)}`]: "made-up-secret" } });
});
afterEach(() => twilio.close());

describe("delivery", () => {
  it("posts the form, and is accepted under the message's SID", async () => {
    const sms = await started(twilio, { validity_period: 600 });
    expect(await sms.deliver(deliverable())).toEqual({
      kind: "accepted",
      providerId: twilio.messages[0]?.sid,
    });
    expect(Object.fromEntries(twilio.forms[0] ?? [])).toEqual({
      To: PHONE,
      From: "+15005550006",
      Body: "Lab result\nA result is ready for [NAME].",
      StatusCallback: `${CALLBACK_URL}?delivery=${deliverable().message.deliveryId}`,
      ValidityPeriod: "600",
    });
  });

  it("goes through a messaging service where one is set, and no callback where none is", async () => {
    const service = `MG${"2".repeat(32)}`;
    const sms = await started(twilio, {
      from: undefined,
      messaging_service_sid: service,
      status_callback: undefined,
    });
    await sms.deliver(deliverable());
    const fields = Object.fromEntries(twilio.forms[0] ?? []);
    expect(fields).toMatchObject({ MessagingServiceSid: service });
    expect(Object.keys(fields)).toEqual(["To", "MessagingServiceSid", "Body"]);
  });

  it("signs in with an API key where there is one", async () => {
    const key = { api_key_sid: `SK${"1".repeat(32)}`, api_key_secret: "made-up-secret" };
    const sms = await started(twilio, { ...key, auth_token: "not the token" });
    expect(await sms.deliver(deliverable())).toMatchObject({ kind: "accepted" });
    expect(await sms.check()).toEqual({ ok: true });
  });

  it.each([
    [null, "no_address"],
    ["+19005550123", "premium_rate"],
    ["+611300123456", "shared_cost"],
    ["+4916012345678", "country_not_allowed"],
    [`${PHONE},+12025550124`, "invalid_number"],
  ])("to %j is refused as %s, and nothing is posted", async (address, code) => {
    const sms = await started(twilio);
    expect(await sms.deliver(deliverable({ address }))).toEqual({ kind: "reject", code });
    expect(twilio.forms).toEqual([]);
  });

  it("needs something to say", async () => {
    const sms = await started(twilio);
    const message = { title: null, text: " " };
    expect(await sms.deliver(deliverable({ message }))).toEqual({ kind: "reject", code: "empty_message" });
  });

  it("is shortened to the segments allowed", async () => {
    const sms = await started(twilio, { max_segments: 2 });
    await sms.deliver(deliverable({ message: { title: null, text: "a".repeat(1_000) } }));
    expect(twilio.messages).toMatchObject([{ num_segments: "2", body: `${"a".repeat(303)}...` }]);
  });
});

describe("an answer", () => {
  const after = { "retry-after": "7" };
  const answers: [string, Behaviour, object][] = [
    ["429", { error: 20429 }, { kind: "retry", code: "rate_limited" }],
    [
      "429 with Retry-After",
      { error: 20429, headers: after },
      { kind: "retry", code: "rate_limited", afterMs: 7_000 },
    ],
    ["429 of a full queue", { error: 21611 }, { kind: "retry", code: "queue_full" }],
    ["500", { error: 20500 }, { kind: "retry", code: "provider_error" }],
    [
      "503 with Retry-After",
      { error: 20503, headers: after },
      { kind: "retry", code: "provider_error", afterMs: 7_000 },
    ],
    [
      "502 of a proxy",
      { status: 502, body: "<h1>Bad gateway</h1>" },
      { kind: "retry", code: "provider_error" },
    ],
    ["401", { error: 20003 }, { kind: "reject", code: "auth_failed" }],
    ["404", { error: 20404 }, { kind: "reject", code: "auth_failed" }],
    ["21211", { error: 21211 }, { kind: "reject", code: "invalid_number" }],
    ["21214-like 21612", { error: 21612 }, { kind: "reject", code: "unreachable" }],
    ["21408", { error: 21408 }, { kind: "reject", code: "country_not_enabled" }],
    ["21606", { error: 21606 }, { kind: "reject", code: "sender_invalid" }],
    ["21610", { error: 21610 }, { kind: "reject", code: "unsubscribed" }],
    ["21614", { error: 21614 }, { kind: "reject", code: "not_mobile" }],
    ["21617", { error: 21617 }, { kind: "reject", code: "message_too_long" }],
    ["an unknown refusal", { status: 400, body: '{"code": 29999}' }, { kind: "reject", code: "refused" }],
    [
      "a redirect",
      { status: 302, body: "", headers: { location: "/" } },
      { kind: "reject", code: "refused" },
    ],
    [
      "201 that is no message",
      { status: 201, body: "<html>" },
      { kind: "unknown", code: "answer_unreadable" },
    ],
    ["a cut before it", { cut: "before" }, { kind: "unknown", code: "answer_lost" }],
    ["a cut after the message was made", { cut: "after" }, { kind: "unknown", code: "answer_lost" }],
  ];
  it.each(answers)("%s", async (_name, behaviour, outcome) => {
    twilio.next(behaviour);
    const lines: unknown[] = [];
    const sms = await started(twilio, {}, lines);
    expect(await sms.deliver(deliverable())).toEqual(outcome);
    expect(JSON.stringify(lines)).not.toMatch(/2025550123|NAME|Phone|gateway/);
  });

  it("with a message that failed at once is a refusal", async () => {
    const body = JSON.stringify({ sid: `SM${"a".repeat(32)}`, status: "failed", error_code: 30007 });
    twilio.next({ status: 201, body });
    const sms = await started(twilio);
    expect(await sms.deliver(deliverable())).toEqual({ kind: "reject", code: "filtered" });
  });

  it("of Twilio's magic numbers is what they stand for", async () => {
    const sms = await started(twilio);
    expect(await sms.deliver(deliverable({ address: "+15005550004" }))).toEqual({
      kind: "reject",
      code: "unsubscribed",
    });
  });

  it("that never comes leaves it unknown when the signal aborts", async () => {
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    twilio.next({ hold });
    const controller = new AbortController();
    const sms = await started(twilio);
    const outcome = sms.deliver(deliverable({ signal: controller.signal }));
    await expect.poll(() => twilio.forms.length).toBe(1);
    controller.abort();
    expect(await outcome).toEqual({ kind: "unknown", code: "aborted" });
    release();
  });

  it("is not asked for by an attempt that is over already", async () => {
    const sms = await started(twilio);
    const outcome = await sms.deliver(deliverable({ signal: AbortSignal.abort() }));
    expect(outcome).toEqual({ kind: "retry", code: "aborted" });
    expect(twilio.forms).toEqual([]);
  });

  it("that can't come for want of a connection is tried again", async () => {
    const sms = await started(twilio);
    await twilio.close();
    expect(await sms.deliver(deliverable())).toEqual({ kind: "retry", code: "unreachable" });
    expect(await sms.check()).toEqual({ ok: false, code: "unreachable" });
  });
});

describe("velocity", () => {
  const limits = { per_user: { messages: 2, seconds: 60 }, per_prefix: { messages: 3, seconds: 60 } };
  const kinds = async (...tries: Parameters<typeof deliverable>[0][]): Promise<string[]> => {
    const sms = await started(twilio, { velocity: limits });
    const found: string[] = [];
    for (const one of tries) {
      const outcome = await sms.deliver(deliverable(one));
      found.push("code" in outcome ? outcome.code : outcome.kind);
    }
    return found;
  };

  it("limits the messages to one person", async () => {
    expect(await kinds({}, {}, {})).toEqual(["accepted", "accepted", "throttled"]);
    expect(twilio.forms).toHaveLength(2);
  });

  it("limits the messages to one range of numbers, whoever they are for", async () => {
    const people = ["a", "b", "c", "d"].map((userId, at) => ({ userId, address: `+1202555010${at}` }));
    const elsewhere = { userId: "e", address: "+13125550100" };
    expect(await kinds(...people, elsewhere)).toEqual([
      "accepted",
      "accepted",
      "accepted",
      "throttled",
      "accepted",
    ]);
  });

  it("does not count further attempts of one delivery", async () => {
    expect(await kinds({}, { attempt: 2 }, { attempt: 3 }, {})).toEqual(Array(4).fill("accepted"));
  });

  it("has a larger allowance for what is told as critical, which others can't use up", async () => {
    const critical = { message: { urgency: "critical" as const } };
    const found = await kinds({}, {}, {}, {}, ...Array<typeof critical>(11).fill(critical));
    expect(found.slice(2, 4)).toEqual(["throttled", "throttled"]);
    expect(found.slice(4)).toEqual([...Array<string>(10).fill("accepted"), "throttled"]);
  });
});

describe("check", () => {
  it("reads the account, and sends nothing", async () => {
    const sms = await started(twilio);
    expect(await sms.check()).toEqual({ ok: true });
    expect(twilio.forms).toEqual([]);
  });

  it("says that the credentials are wrong", async () => {
    const sms = await started(twilio, { auth_token: "wrong" });
    expect(await sms.check()).toEqual({ ok: false, code: "auth_failed" });
  });
});
