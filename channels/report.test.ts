import { describe, expect, it, vi } from "vitest";
import type { StatusCallback, StatusResult } from "./plugin.ts";
import { readReports, type Reading } from "./report.ts";

const callback: StatusCallback = {
  method: "POST",
  origin: "https://x.example",
  path: "/",
  headers: {},
  body: new Uint8Array(),
};
const updates = (...more: object[]) => ({ kind: "updates", updates: more });
/** As a plugin without types may do. */
const read = (returned: unknown): Promise<Reading> =>
  readReports(() => Promise.resolve(returned) as Promise<StatusResult>, callback);

const DELIVERY = "0192f0c1-7a00-7000-8000-000000000001";

describe("what a plugin read from a callback", () => {
  it("becomes people's answers, and the provider is answered in XML or not at all", async () => {
    const answers = [
      { answerId: "SM1", answer: "acknowledge", to: { address: "+12025550123", code: "123" } },
      { answerId: "SM2", answer: "decline", to: { deliveryId: DELIVERY } },
    ];
    const reply = (said: unknown) => () => said;
    const reading = async (said: unknown) => {
      const found = await read({ ...updates(), answers, reply: reply(said) });
      if (found.kind !== "reports") throw new Error(found.kind);
      return found;
    };
    const { answers: found, reply: replied } = await reading({ type: "text/xml", body: "<Response/>" });
    expect(found).toEqual([
      {
        ...{ answerId: "SM1", answer: "acknowledge", providerId: null, deliveryId: null },
        ...{ address: "+12025550123", code: 123 },
      },
      {
        answerId: "SM2",
        answer: "decline",
        providerId: null,
        deliveryId: DELIVERY,
        address: null,
        code: null,
      },
    ]);
    expect(replied(["acknowledged", "nothing"])).toEqual({ type: "text/xml", body: "<Response/>" });
    for (const said of [
      "text",
      { type: "text/html", body: "" },
      { type: "text/xml", body: "x".repeat(5_000) },
    ])
      expect((await reading(said)).reply([])).toBeNull();
    const to = { providerId: "two", address: "ways" };
    const wordy = { to: { address: "a", code: "12x" } };
    for (const bad of [{ answerId: "a b" }, { answer: "maybe" }, { to }, wordy])
      expect(await read({ ...updates(), answers: [{ ...answers[0], ...bad }] })).toEqual({ kind: "broken" });
  });

  it("becomes reports, with slugs alone for reasons", async () => {
    expect(
      await read(
        updates(
          { providerId: "SM1", outcome: "delivered", code: "ignored" },
          { providerId: "SM2", outcome: "failed", code: "unreachable" },
          { providerId: "SM3", outcome: "failed", code: "Zebulon Quillfeather has moved" },
          { providerId: "SM4", outcome: "unknown", deliveryId: DELIVERY },
        ),
      ),
    ).toEqual({
      kind: "reports",
      answers: [],
      reply: expect.any(Function),
      reports: [
        { providerId: "SM1", deliveryId: null, status: "delivered", reason: null },
        { providerId: "SM2", deliveryId: null, status: "failed", reason: "unreachable" },
        { providerId: "SM3", deliveryId: null, status: "failed", reason: "invalid_code" },
        { providerId: "SM4", deliveryId: DELIVERY, status: "unknown", reason: "reported_unknown" },
      ],
    });
    expect(await read({ kind: "unauthentic" })).toEqual({ kind: "unauthentic" });
    expect(await read({ kind: "malformed" })).toEqual({ kind: "malformed" });
  });

  it.each([
    null,
    undefined,
    "delivered",
    {},
    { kind: "updates" },
    updates({ providerId: "a sentence about somebody", outcome: "delivered" }),
    updates({ providerId: "SM1", outcome: "queued" }),
    updates({ providerId: "SM1", outcome: "delivered", deliveryId: "a sentence about somebody" }),
    updates({ outcome: "delivered" }),
  ])("is broken when it is %j", async (returned) => {
    expect(await read(returned)).toEqual({ kind: "broken" });
  });

  it("is broken when the plugin throws, whatever it throws, or never answers", async () => {
    expect(await readReports(() => Promise.reject(null), callback)).toEqual({ kind: "broken" });
    expect(
      await readReports(() => {
        throw new Error("a bug");
      }, callback),
    ).toEqual({ kind: "broken" });
    vi.useFakeTimers();
    try {
      const reading = readReports(() => new Promise(() => undefined), callback);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await reading).toEqual({ kind: "broken" });
    } finally {
      vi.useRealTimers();
    }
  });
});
