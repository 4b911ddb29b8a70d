import { getTimeline, ownInbox } from "../api/notifications.ts";
import { describe } from "../api/problem.ts";
import { getTimeLeft } from "../api/session.ts";
import { createTrial } from "../api/trials.ts";
import type { Inbox } from "../inbox/Inbox.svelte.ts";
import type { WebSocketHandler } from "../live/WebSocketHandler.svelte.ts";
import { busStep, HELP, type Step, type StepName, STEPS, workerStep } from "./trial.ts";

/** How long a step may take before it counts as one that does not work; ms. */
const PATIENCE = { socket: 5_000, worker: 20_000, screen: 5_000, receipt: 10_000 };
/** Within this time a screen that is told of what arrives shows it; ms. */
const TOLD_WITHIN = 2_000;
/** How often the server is asked whether something happened, and the page; ms. */
const ASK_EVERY = 300;
const LOOK_EVERY = 10;

/** Finds out where a notification to the person on this screen gets stuck, by sending one. */
export class TrialRun {
  steps = $state.raw<readonly Step[]>([]);
  running = $state.raw(false);

  readonly #inbox: Inbox;
  readonly #live: WebSocketHandler;

  constructor(inbox: Inbox, live: WebSocketHandler) {
    this.#inbox = inbox;
    this.#live = live;
  }

  /** Takes every step that can still be taken where one before it does not work. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.steps = STEPS.map((name) => ({ name, state: "waiting", ms: null, text: null }));
    try {
      await this.#walk();
    } finally {
      this.running = false;
    }
  }

  async #walk(): Promise<void> {
    await this.#timed("session", getTimeLeft);
    const heard = this.#live.heardAt;
    await this.#timed("socket", async () => {
      this.#live.probe();
      await until(() => this.#live.state === "live" && this.#live.heardAt !== heard, PATIENCE.socket);
    });
    const trial = await this.#timed("taken", createTrial);
    if (trial === null) return this.#giveUp("bus", "worker", "screen", "receipt");
    this.#set("bus", busStep(trial));
    const id = trial.notification_id;
    const isShown = (): boolean => this.#inbox.find(id) !== undefined;
    const began = performance.now();
    const came = await this.#timed("worker", async () => {
      // The screen says it first where it is told; what is not there yet is asked for in vain.
      if (await isSoWithin(isShown, TOLD_WITHIN)) return true;
      return await until(async () => isShown() || (await ownInbox.find(id)) !== null, PATIENCE.worker);
    });
    if (!came) return this.#giveUp("screen", "receipt");
    this.#set("worker", workerStep(trial, performance.now() - began));
    await this.#timed("screen", () => until(isShown, PATIENCE.screen));
    await this.#timed("receipt", () => until(() => isReceived(id), PATIENCE.receipt));
    await this.#inbox.act(id, "dismiss");
  }

  async #timed<T>(name: StepName, work: () => Promise<T>): Promise<T | null> {
    this.#set(name, { state: "running", ms: null, text: null });
    const began = performance.now();
    try {
      const value = await work();
      this.#set(name, { state: "good", ms: performance.now() - began, text: null });
      return value;
    } catch (error) {
      const why = error instanceof TooLate ? "" : `${describe(error)} `;
      this.#set(name, { state: "bad", ms: null, text: `${why}${HELP[name]}` });
      return null;
    }
  }

  #set(name: StepName, step: Omit<Step, "name">): void {
    this.steps = this.steps.map((one) => (one.name === name ? { name, ...step } : one));
  }

  #giveUp(...names: StepName[]): void {
    for (const name of names) this.#set(name, { state: "waiting", ms: null, text: "Not tried." });
  }
}

class TooLate extends Error {}

async function isReceived(id: string): Promise<boolean> {
  const { deliveries } = await getTimeline(id);
  return deliveries.some(({ channel, status }) => channel === "websocket" && status === "delivered");
}

const isSoWithin = (isSo: () => boolean, patience: number): Promise<boolean> =>
  until(isSo, patience).catch(() => false);

/** Waits until something is the case. @throws TooLate */
async function until(isSo: () => boolean | Promise<boolean>, patience: number): Promise<true> {
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const answer = isSo();
    if (await answer) return true;
    await new Promise((resolve) => setTimeout(resolve, answer instanceof Promise ? ASK_EVERY : LOOK_EVERY));
  }
  throw new TooLate();
}
