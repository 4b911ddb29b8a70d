import { condition, continueAsNew, setHandler } from "@temporalio/workflow";
import { deliverAndEscalate, type Hint } from "./alert.ts";
import { waitOf } from "./hold.ts";
import { local } from "./local.ts";
import { handledSignal, type NotifyInput } from "./messages.ts";

const { persist } = local;

/**
 * Brings one notification to its recipient: redact and persist, deliver, and, where somebody has to acknowledge it,
 * wait and escalate. It asks the database before each step and remembers only the deliveries that it began.
 */
export async function notify({ notificationId }: NotifyInput): Promise<void> {
  const hint: Hint = { given: false };
  setHandler(handledSignal, () => {
    hint.given = true;
  });

  let plan = await persist(notificationId);
  for (let wait = waitOf(plan); wait !== null; wait = waitOf(plan)) {
    await condition(() => hint.given, wait);
    hint.given = false;
    plan = await persist(notificationId);
  }
  // Mostly a device has it by now. Temporal notes a stack for every promise of a workflow, so none is made for nothing.
  if (plan.groups.length === 0 && plan.nextMs === null) return;
  await deliverAndEscalate(notificationId, plan, hint, () =>
    continueAsNew<typeof notify>({ notificationId }),
  );
}
