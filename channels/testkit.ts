/** The conformance suite that every channel passes, in this tree or in a package of its own. */
import { describe, test } from "vitest";
import { checksOf } from "./conformance/checks.ts";
import type { ChannelFixture } from "./conformance/fixture.ts";
import type { Channel } from "./plugin.ts";

export {
  CANARY,
  deliverable,
  SCENARIOS,
  toolsFor,
  type ChannelFixture,
  type Provider,
  type Scenario,
} from "./conformance/fixture.ts";

/** Longest that one check may take, in ms. */
const CHECK_TIMEOUT_MS = 30_000;

/**
 * Runs the suite against a channel. Call it at the top of a Vitest file:
 *
 *     testChannel(sms, { open: () => startProvider() });
 */
export function testChannel<Config>(channel: Channel<Config>, fixture: ChannelFixture): void {
  describe(`the channel ${channel.name}`, () => {
    for (const { name, run } of checksOf(channel, fixture)) test(name, run, CHECK_TIMEOUT_MS);
  });
}
