import type { SignedInPerson } from "../../store/people/sessions.ts";
import type { OwnSends } from "../notifications/own-sends.ts";

/** Turns that somebody was given, by an override or a swap. */
interface Given {
  schedule_id: string;
  territory_id: string;
}

/**
 * Tells people of turns that others gave them: nobody is on call without knowing. The message names nobody and no time, which
 * redaction would take out; the page has both.
 */
export function createTurnNotices({ ownSends }: { ownSends: OwnSends }) {
  /** @param to whoever gave them is not told, and the others once an hour of the same giver and schedule */
  return async (by: Pick<SignedInPerson, "userId">, to: string[], given: Given): Promise<void> => {
    const people = to.filter((id) => id !== by.userId);
    if (people.length === 0) return;
    await ownSends.tell({
      territoryId: given.territory_id,
      roles: [],
      people,
      title: "Your turns on call have changed",
      message:
        "Somebody gave you a turn on call. The page On call shows which; ask them if you can't take it.",
      about: null,
      priority: "high",
      matter: `turns of ${given.schedule_id} by ${by.userId} at ${new Date().toISOString().slice(0, 13)}`,
    });
  };
}
