import { expect } from "vitest";
import type { Channel, ChannelInstance, Outcome } from "../plugin.ts";
import { attempt, settle } from "../outcome.ts";
import type { Check } from "./check.ts";
import { deliverable, toolsFor, type Provider, type Scenario } from "./fixture.ts";

/** Starts the channel against the provider, as the registry would. */
export async function start(
  channel: Channel,
  provider: Provider,
  lines: unknown[] = [],
): Promise<ChannelInstance> {
  const config = channel.config.parse(provider.config);
  return channel.start(config, toolsFor(channel, channel.hosts(config), lines));
}

/** One delivery under a scenario, without the core around it. */
export async function deliverUnder(
  scenario: Scenario,
  channel: Channel,
  provider: Provider,
): Promise<Outcome> {
  await provider.behave(scenario);
  const instance = await start(channel, provider);
  try {
    return await instance.deliver(deliverable(provider, new AbortController().signal));
  } finally {
    await instance.stop?.();
  }
}

export const deliveryChecks: Check[] = [
  {
    name: "is accepted or delivered when the provider takes it, with one request",
    needs: ["taken"],
    async run(channel, provider) {
      const outcome = await deliverUnder("taken", channel, provider);
      expect(["accepted", "delivered"], JSON.stringify(outcome)).toContain(outcome.kind);
      expect(provider.requests()).toHaveLength(1);
    },
  },
  {
    name: "retries when the provider is busy, after the wait it asked for",
    needs: ["busy"],
    async run(channel, provider) {
      const outcome = await deliverUnder("busy", channel, provider);
      const { busyForMs } = provider;
      expect(outcome).toMatchObject({
        kind: "retry",
        ...(busyForMs === undefined ? {} : { afterMs: busyForMs }),
      });
    },
  },
  {
    name: "retries when the provider is broken",
    needs: ["failing"],
    async run(channel, provider) {
      expect(await deliverUnder("failing", channel, provider)).toMatchObject({ kind: "retry" });
    },
  },
  {
    name: "rejects what the provider refuses",
    needs: ["refused"],
    async run(channel, provider) {
      expect(await deliverUnder("refused", channel, provider)).toMatchObject({ kind: "reject" });
    },
  },
  {
    name: "is unknown when the answer is lost (or retries, when the provider dedupes)",
    needs: ["lost"],
    async run(channel, provider) {
      const { kind } = await deliverUnder("lost", channel, provider);
      expect(channel.idempotent ? ["unknown", "retry"] : ["unknown"]).toContain(kind);
      expect(provider.requests()).toHaveLength(1);
    },
  },
  {
    name: "skips a person without an address, with no request",
    applies: (channel, config) => channel.hosts(config).length > 0,
    async run(channel, provider) {
      if (provider.address === null) return;
      await provider.behave("taken");
      const instance = await start(channel, provider);
      const nobody = deliverable({ ...provider, address: null }, new AbortController().signal);
      expect(settle(await instance.deliver(nobody))).toMatchObject({
        status: "skipped",
        reason: "no_address",
      });
      expect(provider.requests()).toHaveLength(0);
      await instance.stop?.();
    },
  },
  {
    name: "sends nothing when aborted before, and ends at once when aborted meanwhile",
    needs: ["hanging"],
    async run(channel, provider) {
      await provider.behave("hanging");
      const instance = await start(channel, provider);
      const before = await instance.deliver(deliverable(provider, AbortSignal.abort()));
      expect(["retry", "reject"]).toContain(before.kind);
      expect(provider.requests()).toHaveLength(0);
      const abort = new AbortController();
      const running = instance.deliver(deliverable(provider, abort.signal));
      await expect.poll(() => provider.requests().length, { timeout: 5_000 }).toBe(1);
      const aborted = performance.now();
      abort.abort();
      const { kind } = await running;
      expect(performance.now() - aborted).toBeLessThan(500);
      expect(channel.idempotent ? ["unknown", "retry"] : ["unknown"]).toContain(kind);
      await instance.stop?.();
    },
  },
  {
    name: "does not outlive its timeout, and is unknown then",
    needs: ["hanging"],
    async run(channel, provider) {
      await provider.behave("hanging");
      const instance = await start(channel, provider);
      const began = performance.now();
      const delivery = deliverable(provider, new AbortController().signal);
      const { status } = await attempt({ timeoutMs: 300 }, instance, delivery);
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(channel.idempotent ? ["unknown", "queued"] : ["unknown"]).toContain(status);
      await instance.stop?.();
    },
  },
  {
    name: "passes on one idempotency key in every attempt, also after the worker was killed",
    needs: ["taken"],
    applies: (channel) => channel.idempotent,
    async run(channel, provider) {
      await provider.behave("taken");
      for (const number of [1, 2]) {
        const instance = await start(channel, provider);
        await instance.deliver(deliverable(provider, new AbortController().signal, number));
        await instance.stop?.();
      }
      const keys = provider.requests().map(({ idempotencyKey }) => idempotencyKey);
      const given = provider.key ?? deliverable(provider, new AbortController().signal).idempotencyKey;
      expect(keys).toEqual([given, given]);
    },
  },
];
