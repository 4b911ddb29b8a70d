import { assertChannel } from "../define.ts";
import type { Check } from "./check.ts";
import type { Channel } from "../plugin.ts";
import { deliveryChecks } from "./delivery.ts";
import { SCENARIOS, type ChannelFixture, type Scenario } from "./fixture.ts";
import { overChecks } from "./over.ts";
import { safetyChecks } from "./safety.ts";
import { statusChecks } from "./status.ts";

/** The rules for one channel, as functions that reject when one is broken. */
export function checksOf(
  channel: Channel,
  fixture: ChannelFixture,
): { name: string; run(): Promise<void> }[] {
  const scenarios = fixture.scenarios ?? SCENARIOS;
  const all = [
    declaration(scenarios),
    addresses,
    ...deliveryChecks,
    ...safetyChecks,
    ...statusChecks,
    ...overChecks,
  ];
  return all
    .filter(({ needs = [] }) => needs.every((scenario) => scenarios.includes(scenario)))
    .map((check) => ({
      name: check.name,
      async run() {
        const provider = await fixture.open();
        try {
          const { applies } = check;
          if (applies === undefined || applies(channel, channel.config.parse(provider.config))) {
            await check.run(channel, provider);
          }
        } finally {
          await provider.close();
        }
      },
    }));
}

/** The longest e-mail address has 320 characters. */
const TOO_LONG = `${"a".repeat(320)}@clinic.example`;

const addresses: Check = {
  name: "knows its addresses: takes the fixture's as it is, and none that smuggles in another",
  applies: (channel) => channel.address !== undefined,
  async run(channel, provider) {
    const config = channel.config.parse(provider.config);
    const read = (text: string): string | null | undefined => channel.address?.(text, config);
    const { address } = provider;
    if (address !== null && read(address) !== address)
      throw new Error("address changes the fixture's address");
    const good = address ?? "someone@clinic.example";
    const bad = ["", " ", TOO_LONG, `${good}\r\nBcc: ${good}`, `${good},${good}`, `${good};${good}`];
    const taken = bad.filter((text) => read(text) !== null);
    if (taken.length > 0) throw new Error(`address takes ${JSON.stringify(taken)}`);
  },
};

function declaration(scenarios: readonly Scenario[]): Check {
  return {
    name: "declares itself fully, and takes the fixture's configuration but no nonsense",
    async run(channel, provider) {
      assertChannel(channel, "(fixture)");
      const config = channel.config.parse(provider.config);
      for (const nonsense of [null, "text", 7, []]) {
        if (channel.config.safeParse(nonsense).success)
          throw new Error(`config takes ${JSON.stringify(nonsense)}`);
      }
      channel.config.safeParse({});
      const missing = SCENARIOS.filter((scenario) => !scenarios.includes(scenario));
      if (channel.hosts(config).length > 0 && missing.length > 0) {
        throw new Error(
          `it reaches hosts, so its fixture must also have the scenarios ${missing.join(", ")}`,
        );
      }
    },
  };
}
