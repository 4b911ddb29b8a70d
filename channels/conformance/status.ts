import { expect } from "vitest";
import type { DeliveryStatus } from "../contract.ts";
import type { Channel, ChannelInstance, StatusCallback, StatusUpdate } from "../plugin.ts";
import { advances } from "../outcome.ts";
import type { Check } from "./check.ts";
import { start } from "./delivery.ts";
import { deliverable, type Provider } from "./fixture.ts";

type Read = (callback: StatusCallback) => ReturnType<NonNullable<ChannelInstance["status"]>>;

/** Delivers once, and hands the check the function that reads callbacks; does nothing for a channel without callbacks. */
function withStatus(
  name: string,
  run: (
    read: Read,
    sign: (outcome: StatusUpdate["outcome"]) => Promise<StatusCallback>,
    id: string,
  ) => Promise<void>,
): Check {
  return {
    name,
    needs: ["taken"],
    async run(channel: Channel, provider: Provider) {
      await provider.behave("taken");
      const instance = await start(channel, provider);
      const outcome = await instance.deliver(deliverable(provider, new AbortController().signal));
      const read = instance.status?.bind(instance);
      if (read !== undefined) {
        const { callback } = provider;
        if (callback === undefined) throw new Error("the channel has status, so its fixture needs callback");
        const providerId = "providerId" in outcome ? outcome.providerId : undefined;
        if (providerId === undefined) throw new Error("a channel with status must return a providerId");
        await run(
          read,
          async (report) => callback.call(provider, { providerId, outcome: report }),
          providerId,
        );
      }
      await instance.stop?.();
    },
  };
}

/** The same callback, spoilt in one place. */
function* spoilt(callback: StatusCallback): Generator<StatusCallback> {
  yield { ...callback, headers: {} };
  yield { ...callback, body: Buffer.concat([callback.body, Buffer.from("x")]) };
  for (const [name, value] of Object.entries(callback.headers)) {
    if (!/sign|hmac|token/i.test(name)) continue;
    yield { ...callback, headers: { ...callback.headers, [name]: `${value.slice(0, -2)}AA` } };
    yield { ...callback, headers: { ...callback.headers, [name]: "" } };
  }
}

/** Delivers once, and hands the check a person's signed answer to it; does nothing for a channel whose fixture has none. */
function withAnswer(
  name: string,
  run: (read: Read, sign: (answer: "acknowledge" | "decline") => Promise<StatusCallback>) => Promise<void>,
): Check {
  return {
    name,
    needs: ["taken"],
    async run(channel: Channel, provider: Provider) {
      const { answer } = provider;
      if (answer === undefined) return;
      await provider.behave("taken");
      const instance = await start(channel, provider);
      const given = deliverable(provider);
      const outcome = await instance.deliver(given);
      const read = instance.status?.bind(instance);
      if (read === undefined) throw new Error("a channel that reads answers must have status");
      const delivered = {
        deliveryId: given.message.deliveryId,
        ...("providerId" in outcome && outcome.providerId !== undefined
          ? { providerId: outcome.providerId }
          : {}),
      };
      await run(read, async (what) => answer.call(provider, what, delivered));
      await instance.stop?.();
    },
  };
}

export const statusChecks: Check[] = [
  withAnswer("reads a signed answer, the same one each time that it comes", async (read, sign) => {
    for (const what of ["acknowledge", "decline"] as const) {
      const callback = await sign(what);
      const results = [await read(callback), await read(callback)];
      for (const result of results)
        expect(result).toMatchObject({ kind: "updates", answers: [{ answer: what, to: expect.anything() }] });
      const ids = results.map((result) => (result.kind === "updates" ? result.answers?.[0]?.answerId : null));
      expect(ids[0], "the id of an answer is the provider's").toBe(ids[1]);
    }
  }),
  withAnswer("turns away an answer that is not the provider's", async (read, sign) => {
    for (const callback of spoilt(await sign("acknowledge"))) {
      expect(await read(callback)).toEqual({ kind: "unauthentic" });
    }
  }),
  withStatus("reads a signed callback", async (read, sign, providerId) => {
    const result = await read(await sign("delivered"));
    expect(result).toMatchObject({ kind: "updates", updates: [{ providerId, outcome: "delivered" }] });
  }),
  withStatus("turns away a callback that is not the provider's", async (read, sign) => {
    for (const callback of spoilt(await sign("delivered"))) {
      expect(await read(callback)).toEqual({ kind: "unauthentic" });
    }
  }),
  withStatus(
    "ends the same whatever the order of callbacks, and however often each comes",
    async (read, sign) => {
      const [accepted, delivered] = [await sign("accepted"), await sign("delivered")];
      for (const order of [
        [accepted, delivered],
        [delivered, accepted],
        [delivered, delivered, accepted, accepted],
      ]) {
        let now: DeliveryStatus = "claimed";
        for (const callback of order) {
          const result = await read(callback);
          if (result.kind !== "updates") throw new Error(`a genuine callback was ${result.kind}`);
          for (const { outcome } of result.updates) if (advances(now, outcome)) now = outcome;
        }
        expect(now).toBe("delivered");
      }
    },
  ),
];
