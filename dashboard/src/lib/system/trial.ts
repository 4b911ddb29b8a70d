import type { Trial } from "../api/trials.ts";
import type { Tone } from "../ui/tone.ts";

/** The way of a test notification, in the order in which it goes. */
export const STEPS = ["session", "socket", "taken", "bus", "worker", "screen", "receipt"] as const;
export type StepName = (typeof STEPS)[number];

/** How a step went. `ms` is how long it took; null where nothing came of it. */
export interface Step {
  name: StepName;
  state: "waiting" | "running" | "good" | "warn" | "bad";
  ms: number | null;
  /** What is the case and what to do about it, as sentences; null where nothing is to be said. */
  text: string | null;
}

export const STEP_NAMES: Record<StepName, string> = {
  session: "Your session",
  socket: "The live connection of this screen",
  taken: "The test is taken in and kept",
  bus: "The bus between the nodes",
  worker: "A worker brings it into your inbox",
  screen: "It appears on this screen by itself",
  receipt: "The receipt comes back",
};

export const STATE_WORDS: Record<Step["state"], [Tone, string]> = {
  waiting: ["neutral", "Waiting"],
  running: ["neutral", "Running …"],
  good: ["good", "Works"],
  warn: ["warn", "Works, but"],
  bad: ["bad", "Does not work"],
};

/** What to do where a step does not work. */
export const HELP: Record<StepName, string> = {
  session: "The server did not answer. Check the network of this device, and whether other pages open.",
  socket:
    "This screen is not told of what arrives. Reload the page; if this stays, a proxy or firewall may be blocking WebSockets.",
  taken: "Nothing can be sent now: the server or PostgreSQL does not answer. Tell whoever runs Tocsin.",
  bus: "Redis does not answer: screens on other nodes hear late. Tell whoever runs Tocsin; REDIS_URL says where it is.",
  worker:
    "It is kept, but no worker has taken it up: none runs, or all have too much to do. Tell whoever runs Tocsin.",
  screen: "It is in your inbox, but this screen was not told. Reload the page.",
  receipt: "It arrived, but nothing says so on record: an escalation may tell others of what you have seen.",
};

const AWAY =
  "Temporal does not answer: it came into your inbox without, but other channels wait until it does.";

/** How the bus answered. */
export function busStep({ bus }: Trial): Omit<Step, "name"> {
  if (bus.state === "not_configured")
    return { state: "good", ms: null, text: "There is one node, which needs none." };
  return bus.state === "up"
    ? { state: "good", ms: bus.ms, text: null }
    : { state: "bad", ms: null, text: HELP.bus };
}

/** How a worker that brought the test in did so. */
export const workerStep = ({ temporal }: Trial, ms: number): Omit<Step, "name"> =>
  temporal.state === "up" ? { state: "good", ms, text: null } : { state: "warn", ms, text: AWAY };

/** What the whole of it says, as a sentence. */
export function trialWords(steps: readonly Step[]): string {
  const bad = steps.filter(({ state }) => state === "bad");
  if (bad.length > 0) return `Not working: ${bad.map(({ name }) => STEP_NAMES[name]).join("; ")}.`;
  return steps.some(({ state }) => state === "warn")
    ? "The test arrived, with one thing to see to."
    : "The test arrived and came back.";
}
