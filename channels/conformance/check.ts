import type { Channel } from "../plugin.ts";
import type { Provider, Scenario } from "./fixture.ts";

/** One rule that every channel keeps. */
export interface Check {
  name: string;
  /** The rule is left out where any of these scenarios makes no sense for the channel. */
  needs?: readonly Scenario[];
  /** The rule is left out where this answers false. */
  applies?(channel: Channel, config: unknown): boolean;
  /** @throws when the rule is broken */
  run(channel: Channel, provider: Provider): Promise<void>;
}
