import type { ScheduleSwap } from "../../store/models/Schedule.ts";
import type { OwnSends } from "../notifications/own-sends.ts";

type Told = Pick<ScheduleSwap, "id" | "state" | "territory_id" | "proposer_id" | "colleague_id">;

const WORDS = {
  offered: [
    "A swap of turns is offered to you",
    "A colleague offers you one of their turns on call for one of yours. The page On call shows both; accept or decline it there.",
  ],
  accepted: [
    "Your swap of turns is accepted",
    "Your colleague took your offer: the two turns on call have changed hands. The page On call shows them.",
  ],
  declined: [
    "Your swap of turns is declined",
    "Your colleague did not take your offer: your turn on call stays yours.",
  ],
} as const;

/**
 * Tells whom a swap is offered to of the offer, and whoever offered it of the answer: each once, by a notification of ordinary priority, so that
 * their own wishes count. It names nobody and no time, which redaction would take out; the page has both.
 */
export function createSwapNotices({ ownSends }: { ownSends: OwnSends }) {
  return async ({ id, state, territory_id, proposer_id, colleague_id }: Told): Promise<void> => {
    if (state === "withdrawn") return;
    const [title, message] = WORDS[state];
    await ownSends.tell({
      territoryId: territory_id,
      roles: [],
      people: [state === "offered" ? colleague_id : proposer_id],
      title,
      message,
      about: null,
      priority: "normal",
      matter: `swap ${id} ${state}`,
    });
  };
}
