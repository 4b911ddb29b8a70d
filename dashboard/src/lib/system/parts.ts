import type { ChannelState, ServiceState } from "../api/system.ts";
import type { Tone } from "../ui/tone.ts";
import { reasonText } from "../deliveries/reasons.ts";
import { channelName } from "../words.ts";

/** One part of the system as the System page shows it. */
export interface Part {
  name: string;
  tone: Tone;
  words: string;
  detail: string | null;
  checkedAt: string | null;
}

const STATES: Record<State, [Tone, string]> = {
  up: ["good", "Working"],
  ok: ["good", "Working"],
  not_configured: ["neutral", "Not set up"],
  down: ["bad", "Not working"],
};
type State = ChannelState["state"] | ServiceState["state"];

const isState = (state: string): state is State => Object.hasOwn(STATES, state);

const PART_NAMES: Record<string, string> = {
  postgres: "PostgreSQL (keeps every notification)",
  temporal: "Temporal (carries deliveries through)",
  workflows: "Workflows (the steps of a delivery)",
  redis: "Redis (passes live messages between nodes)",
  audit_sink: "Audit record's copy (kept off this machine)",
  clock: "Clock (says when something is due)",
  websocket: "Live connections of this node",
};

/** The services behind Tocsin, from GET /api/diagnostics. Entries that are no state are left out. */
export function serviceParts(diagnostics: Record<string, unknown>): Part[] {
  return Object.entries(diagnostics).flatMap(([name, value]) => {
    const state = field(value, "state");
    if (state === null) return [];
    const shown = part(PART_NAMES[name] ?? name, state, field(value, "detail"), field(value, "checked_at"));
    // One that comes and goes would be green, red and green again at each look.
    return [isUnsteady(value) ? { ...shown, tone: "warn" as const, words: "Comes and goes" } : shown];
  });
}

/** The channels, also one in a state that this dashboard doesn't know yet. */
export const channelParts = (
  channels: readonly (Pick<ChannelState, "name" | "detail" | "checked_at"> & { state: string })[],
): Part[] =>
  channels.map(({ name, state, detail, checked_at }) => part(channelName(name), state, detail, checked_at));

function part(name: string, state: string, detail: string | null, checkedAt: string | null): Part {
  const [tone, words] = isState(state) ? STATES[state] : (["warn", state.replaceAll("_", " ")] as const);
  const isSlug = detail !== null && /^[a-z][a-z0-9_]*$/.test(detail);
  return { name, tone, words, detail: isSlug ? reasonText(detail) : detail, checkedAt };
}

const isUnsteady = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Reflect.get(value, "unsteady") === true;

function field(value: unknown, name: string): string | null {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
  return typeof found === "string" && found !== "" ? found : null;
}
