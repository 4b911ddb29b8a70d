import type { Knex } from "knex";
import type { AnswerOutcome } from "../../channels/plugin.ts";
import type { Answer } from "../../channels/report.ts";
import type { Notification } from "../../store/models/Notification.ts";
import type { Act } from "../../store/transitions/act.ts";
import { noteAnswer, takeAnswer } from "../../store/transitions/take-answer.ts";
import type { InboxService } from "../notifications/inbox.ts";

export interface ChannelAnswerDeps {
  knex: Knex;
  inbox: Pick<InboxService, "act">;
}

/** What became of an answer: the outcome that people are told, and the slug that is kept. `repeated`: it was taken before. */
export interface Answered {
  outcome: AnswerOutcome;
  reason: string;
  repeated: boolean;
}

/**
 * Does what a person answered by a channel outside, as if they had done it in their inbox: once, whatever dies in between. What fits no open alert, or takes
 * more than a word, does nothing, on record.
 * @returns a function of the channel, the answer, and the notification where a link names it
 */
export function createChannelAnswers({ knex, inbox }: ChannelAnswerDeps) {
  return async function answered(
    channel: string,
    given: Answer,
    notificationId: string | null = null,
  ): Promise<Answered> {
    const taken = await takeAnswer(knex, channel, given, notificationId);
    if (taken.outcome !== null) return { ...told(taken.outcome), repeated: true };
    // Of several at once, the first one counts.
    const { answer } = taken;
    // No words of the person's, so nothing is to be redacted.
    const act: Act =
      answer === "acknowledge"
        ? { kind: "acknowledge" }
        : { kind: "decline", reason: `Declined by ${channel}.` };
    const result = await inbox.act({ userId: taken.userId }, taken.id, act, channel);
    const reason = result.kind === "done" ? became(answer, result.notification, taken.userId) : result.kind;
    const noted = await noteAnswer(knex, channel, given.answerId, reason);
    return { ...told(reason), repeated: !noted };
  };
}

/** What an act left behind: a colleague may have acknowledged before, and then nobody is to believe that they have it. */
function became(answer: Answer["answer"], { acknowledged_by }: Notification, userId: string): string {
  if (answer === "decline") return "declined";
  return acknowledged_by === userId ? "acknowledged" : "already_handled";
}

const told = (reason: string): Pick<Answered, "outcome" | "reason"> => ({
  outcome: reason === "acknowledged" || reason === "declined" ? reason : "nothing",
  reason,
});
