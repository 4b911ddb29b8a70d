import { expect } from "vitest";
import type { Channel, ChannelInstance, Outcome } from "../plugin.ts";
import type { Check } from "./check.ts";
import { start } from "./delivery.ts";
import { deliverable, type Provider, type Scenario } from "./fixture.ts";

/** What is over: the fixture's delivery, told by one of its own. */
const ENDED = {
  how: "taken",
  deliveryId: "019a0000-0000-7000-8000-000000000002",
  providerId: "made-up-id",
} as const;
const OWN = "019a0000-0000-7000-8000-000000000003";

type Over = NonNullable<ChannelInstance["over"]>;

/** Hands the check the function that ends what was begun; does nothing for a channel without one. */
function withOver(
  name: string,
  needs: readonly Scenario[],
  run: (over: Over, given: Parameters<Over>[0], provider: Provider) => Promise<void>,
): Check {
  return {
    name,
    needs,
    async run(channel: Channel, provider: Provider) {
      const instance = await start(channel, provider);
      const { over } = instance;
      if (over !== undefined) {
        const given = deliverable(provider);
        const message = { ...given.message, deliveryId: OWN };
        await run(over.bind(instance), { ...given, message, idempotencyKey: OWN, ends: ENDED }, provider);
      }
      await instance.stop?.();
    },
  };
}

const under = async (
  scenario: Scenario,
  over: Over,
  given: Parameters<Over>[0],
  provider: Provider,
): Promise<Outcome> => {
  await provider.behave(scenario);
  return await over(given);
};

export const overChecks: Check[] = [
  withOver(
    "ends what it began with one request, and may be asked again",
    ["taken"],
    async (over, given, provider) => {
      const outcomes = [await under("taken", over, given, provider), await over({ ...given, attempt: 2 })];
      for (const { kind } of outcomes) expect(["accepted", "delivered"]).toContain(kind);
      expect(provider.requests()).toHaveLength(2);
      const keys = new Set(provider.requests().map(({ idempotencyKey }) => idempotencyKey));
      expect(keys.size, "one key in every attempt").toBe(1);
    },
  ),
  withOver(
    "ends it later where the provider can't now",
    ["busy", "failing"],
    async (over, given, provider) => {
      expect(await under("busy", over, given, provider)).toMatchObject({ kind: "retry" });
      expect(await under("failing", over, given, provider)).toMatchObject({ kind: "retry" });
    },
  ),
  withOver("gives up what the provider refuses to end", ["refused"], async (over, given, provider) => {
    expect(await under("refused", over, given, provider)).toMatchObject({ kind: "reject" });
  }),
];
