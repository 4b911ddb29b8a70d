import type { Wall } from "../api/walls.ts";
import type { Tone } from "../ui/tone.ts";

export const WALL_TONES: Record<Wall["state"], Tone> = { waiting: "warn", live: "good", over: "neutral" };

const ENDS: Record<NonNullable<Wall["ended_why"]>, string> = {
  ended: "Ended",
  expired: "Over: its 90 days",
  unused: "Over: not used",
  granter_disabled: "Ended: who allowed it was disabled",
  granter_no_admin: "Ended: who allowed it is no administrator any more",
  territory_archived: "Ended: its territory was archived",
  token_reused: "Ended: its session was in two hands",
};

/** Whether a screen shows anything, and why not. */
export function stateWords({ state, ended_why }: Wall): string {
  if (state === "waiting") return "Waits for its code";
  return state === "live" ? "Allowed" : ENDS[ended_why ?? "ended"];
}
