import { condition, setHandler } from "@temporalio/workflow";
import { createHolds } from "./holds.ts";
import { local } from "./local.ts";
import { handledSignal, type RedeliverInput } from "./messages.ts";
import { deliverInTurn, type How } from "./turn.ts";

const { roundLeft } = local;

/** Makes a round of deliveries that has a workflow of its own. What quiet hours hold of it goes out earlier where it hears so. */
export async function makeRound(
  { notificationId, round }: RedeliverInput,
  how: Pick<How, "by"> = {},
): Promise<void> {
  const holds = createHolds();
  let hinted = false;
  let isOver = false;
  setHandler(handledSignal, () => {
    hinted = true;
  });
  const hear = async (): Promise<void> => {
    for (;;) {
      await condition(() => hinted || isOver);
      if (isOver) return;
      hinted = false;
      holds.hear(await roundLeft(notificationId, round));
    }
  };
  const groups = await roundLeft(notificationId, round);
  const hearing = hear();
  for (const group of groups) await deliverInTurn(group, { ...how, holds });
  isOver = true;
  await hearing;
}
