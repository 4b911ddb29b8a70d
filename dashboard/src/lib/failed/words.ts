import type { FailedWork, RedriveOutcome } from "../api/failed-work.ts";
import { reasonText } from "../deliveries/reasons.ts";
import { channelName } from "../words.ts";

/** The kinds of work, each as the thing that failed. */
export const KIND_WORDS: Record<FailedWork["kind"], string> = {
  delivery: "Delivery",
  arrive: "Bringing a message into its inbox",
  expire: "Ending what has expired",
  close: "Closing the copies of an alert",
  count: "Counting who acknowledged a broadcast",
  step: "Telling the next people of an alert",
  start: "Starting a workflow",
  look: "Looking after an alert's step",
  depart: "Looking after the alerts of somebody who left",
  remind: "Reminding of what was accepted and is not completed",
};

/** What failed, as a row's heading: "Delivery by Email". */
export const workWords = ({ kind, channel }: Pick<FailedWork, "kind" | "channel">): string =>
  channel === null ? KIND_WORDS[kind] : `Delivery by ${channelName(channel)}`;

/** Why it failed, as a sentence. */
export const causeWords = ({ kind, code, cause }: Pick<FailedWork, "kind" | "code" | "cause">): string =>
  kind === "delivery" ? (reasonText(code) ?? cause) : cause;

const REFUSED: Record<Exclude<RedriveOutcome, "redriven">, string> = {
  not_found: "mended meanwhile",
  under_way: "another delivery of it is under way",
  over: "it is over",
  got: "its person has it by another way",
  off: "the channel is off",
};

/** What became of those that were to be done again: "2 are done again. 1 is not: it is over." */
export function outcomeWords(outcomes: readonly RedriveOutcome[]): string {
  const counts = Map.groupBy(outcomes, (outcome) => outcome);
  const done = counts.get("redriven")?.length ?? 0;
  const sentences = done > 0 ? [done === 1 ? "1 is done again." : `${done} are done again.`] : [];
  for (const [outcome, { length }] of counts)
    if (outcome !== "redriven")
      sentences.push(
        length === 1 ? `1 is not: ${REFUSED[outcome]}.` : `${length} are not: ${REFUSED[outcome]}.`,
      );
  return sentences.join(" ");
}
