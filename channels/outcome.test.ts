import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DELIVERY_STATUSES, type DeliveryStatus } from "./contract.ts";
import type { Deliverable, Outcome } from "./plugin.ts";
import { advances, attempt, checkOf, settle } from "./outcome.ts";

const failed = { status: "failed", reason: "plugin_error" };

describe("settle", () => {
  test.each<[Outcome, object]>([
    [{ kind: "delivered" }, { status: "delivered", reason: null }],
    [
      { kind: "accepted", providerId: "SM1" },
      { status: "accepted", reason: null, providerId: "SM1" },
    ],
    [
      { kind: "accepted", providerId: "for Ada Nox" },
      { status: "accepted", reason: null },
    ],
    [
      { kind: "reject", code: "offline" },
      { status: "skipped", reason: "offline" },
    ],
    [
      { kind: "reject", code: "no_address" },
      { status: "skipped", reason: "no_address" },
    ],
    [
      { kind: "reject", code: "http_400" },
      { status: "failed", reason: "http_400" },
    ],
    [
      { kind: "retry", code: "http_429", afterMs: 1_500.2 },
      { status: "queued", reason: "http_429", retryAfterMs: 1_501 },
    ],
    [
      { kind: "retry", code: "busy", afterMs: Number.NaN },
      { status: "queued", reason: "busy" },
    ],
    [
      { kind: "retry", code: "busy", afterMs: 1e12 },
      { status: "queued", reason: "busy", retryAfterMs: 86_400_000 },
    ],
    [
      { kind: "unknown", code: "answer_lost" },
      { status: "unknown", reason: "answer_lost" },
    ],
    [
      { kind: "reject", code: "Invalid number +15550100" },
      { status: "failed", reason: "invalid_code" },
    ],
  ])("%j → %j", (outcome, settled) => {
    expect(settle(outcome)).toEqual(settled);
  });

  test.each([
    [null],
    [undefined],
    ["delivered"],
    [{}],
    [{ kind: "sent" }],
    [new Error("x")],
    [[]],
    [() => {}],
  ])("%s is no outcome: a bug of the plugin", (value) => {
    expect(settle(value)).toEqual(failed);
  });

  test("lets nothing through but a status, slugs, numbers and ids, whatever it is given", () => {
    const kinds = fc.constantFrom("delivered", "accepted", "retry", "reject", "unknown", "other");
    const outcome = fc.record({
      kind: kinds,
      code: fc.anything(),
      afterMs: fc.anything(),
      providerId: fc.anything(),
    });
    fc.assert(
      fc.property(fc.oneof(outcome, fc.anything()), (value) => {
        const { status, reason, retryAfterMs = 0, providerId = "x", ...rest } = settle(value);
        expect(DELIVERY_STATUSES).toContain(status);
        expect(reason ?? "ok").toMatch(/^[a-z][a-z0-9_]{0,63}$/);
        expect(retryAfterMs).toBeGreaterThanOrEqual(0);
        expect(providerId).toMatch(/^\S{1,200}$/);
        expect(rest).toEqual({});
      }),
    );
  });
});

describe("an attempt", () => {
  const given = (signal = new AbortController().signal): Deliverable => ({
    message: {
      notificationId: "n",
      deliveryId: "d",
      seq: 1,
      category: "system_message",
      priority: "normal",
      urgency: "normal",
      title: null,
      text: "",
      createdAt: "",
    },
    recipient: { userId: "u", inboxId: "i", address: null },
    attempt: 1,
    purpose: "notification",
    idempotencyKey: "d",
    signal,
  });
  const silence = new Promise<never>(() => {});

  test.each([[new Error("Ada Nox")], [null], ["text"], [{ kind: "delivered" }]])(
    "that throws %s failed",
    async (thrown) => {
      const sync = (): never => {
        throw thrown;
      };
      expect(await attempt({}, { deliver: sync }, given())).toEqual(failed);
      expect(await attempt({}, { deliver: () => Promise.reject(thrown) }, given())).toEqual(failed);
    },
  );

  test("that hangs past its time is unknown", async () => {
    expect(await attempt({ timeoutMs: 10 }, { deliver: () => silence }, given())).toEqual({
      status: "unknown",
      reason: "timeout",
    });
  });

  test("that hangs past an abort is unknown; one not begun is queued again", async () => {
    const abort = new AbortController();
    const running = attempt({}, { deliver: () => silence }, given(abort.signal));
    abort.abort();
    expect(await running).toEqual({ status: "unknown", reason: "aborted" });
    expect(await attempt({}, { deliver: () => silence }, given(abort.signal))).toEqual({
      status: "queued",
      reason: "aborted",
    });
  });

  test("that answers to the abort has the last word", async () => {
    const deliver = ({ signal }: Deliverable): Promise<Outcome> =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve({ kind: "retry", code: "not_sent" })),
      );
    expect(await attempt({ timeoutMs: 10 }, { deliver }, given())).toEqual({
      status: "queued",
      reason: "not_sent",
    });
  });
});

test("a check is bounded, and what it throws stays inside", async () => {
  expect(await checkOf({ check: async () => ({ ok: true }) }, 1_000)).toEqual({ ok: true });
  expect(await checkOf({ check: async () => ({ ok: false, code: "No such account" }) }, 1_000)).toEqual({
    ok: false,
    code: "invalid_code",
  });
  expect(await checkOf({ check: () => Promise.reject(null) }, 1_000)).toEqual({
    ok: false,
    code: "plugin_error",
  });
  expect(await checkOf({ check: () => new Promise(() => {}) }, 10)).toEqual({ ok: false, code: "timeout" });
});

test("reports only move a delivery forward, so any order of them ends the same", () => {
  const reports = fc.shuffledSubarray(["accepted", "unknown", "failed", "delivered"] as const, {
    minLength: 4,
  });
  fc.assert(
    fc.property(reports, fc.nat(3), (order, again) => {
      const twice = [...order, ...order.slice(0, again)];
      const end = twice.reduce<DeliveryStatus>((now, next) => (advances(now, next) ? next : now), "claimed");
      expect(end).toBe("delivered");
    }),
  );
  for (const from of ["accepted", "skipped", "unknown"] as const)
    expect(advances(from, "delivered")).toBe(true);
  for (const to of DELIVERY_STATUSES) expect(advances("delivered", to)).toBe(false);
});
