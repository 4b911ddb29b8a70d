import type { FailedWork } from "./failed-work.ts";
import type { Work } from "./troubles.ts";

const WORDS: Record<Work, string> = {
  arrive: "Its message could not be brought into the inbox",
  expire: "It could not be ended when its time was over",
  close: "Its copies could not be closed when it was acknowledged",
  count: "Who acknowledged the broadcast could not be counted",
  step: "The next people could not be told of the alert",
  start: "Temporal did not take its workflow",
  look: "A step of the alert is overdue though its workflow was told",
  remind: "Who accepted it could not be reminded",
  depart: "The alerts of somebody who left could not be looked at",
};

/** Why it failed, as a sentence. */
export function causeOf({ kind, channel, code }: FailedWork): string {
  if (kind === "delivery")
    return `The channel ${channel} could not deliver it (${code}), and no other channel did.`;
  return `${WORDS[kind]} (${code}).`;
}
