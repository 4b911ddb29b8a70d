import type { Channel } from "../plugin.ts";
import type { Provider, Scenario } from "./fixture.ts";

/** One rule that every channel keeps. */
export interface Check {
  name: string;
  /** Left out where any of these scenarios makes no sense for the channel. */
  needs?: readonly Scenario[];
  /** Left out where this says so. */
  applies?(channel: Channel, config: unknown): boolean;
  /** @throws when the rule is broken */
  run(channel: Channel, provider: Provider): Promise<void>;
}
