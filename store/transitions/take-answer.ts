import type { Knex } from "knex";
import type { Answer } from "../../channels/report.ts";
import { call } from "../db/transitions.ts";

/** What a person answered by a channel outside, or why there is nothing to do. */
export type TakenAnswer =
  | { outcome: null; answer: Answer["answer"]; userId: string; id: string }
  /** It was taken before, or fits nothing, or more than one alert. */
  | { outcome: string };

/**
 * Finds what an answer is to, and keeps that, so that it is taken once.
 * @param notificationId where a link names it beside the delivery
 */
export const takeAnswer = (
  knex: Knex,
  channel: string,
  { answerId, answer, providerId, deliveryId, address, code }: Answer,
  notificationId: string | null,
): Promise<TakenAnswer> =>
  call(
    knex,
    "take_answer",
    ...[channel, answerId, answer, providerId, deliveryId],
    ...[address, code, notificationId],
  );

/** Notes what became of an answer that was found; false where that was noted before. */
export const noteAnswer = (
  knex: Knex,
  channel: string,
  answerId: string,
  outcome: string,
): Promise<boolean> => call(knex, "note_answer", channel, answerId, outcome);
