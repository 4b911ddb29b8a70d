import type { Knex } from "knex";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { must } from "../../config/must.ts";
import { rulesFor } from "../../store/notifications/escalation.ts";
import { arrive, NO_WORK, readIntake, type Work, workLeft } from "../../store/transitions/arrive.ts";
import { planArrival } from "./plan.ts";
import { redact, type RedactDeps } from "./redact.ts";

/** What to do for a notification, or when to ask again. */
export interface Plan extends Work {
  /** ISO time before which nothing is written or sent. */
  holdUntil?: string;
}

export interface PersistDeps extends RedactDeps {
  knex: Knex;
  channels: Pick<Registry, "names">;
  bridge: Pick<Bridge, "publish">;
  onStep: (step: string) => void;
}

/**
 * Redacts a send and lets it enter its recipient's inbox, then tells the recipient's sockets: most are shown it before its
 * delivery on the live channel is attempted, which then finds the receipt. Run again, it returns what is left to do. It throws
 * only what is worth another try.
 */
export function createPersist({ knex, channels, bridge, onStep, ...redactDeps }: PersistDeps) {
  return async function persist(id: string): Promise<Plan> {
    const intake = await readIntake(knex, id);
    // An escalated copy has no send of its own; whoever starts its workflow wants what is left of it done.
    if (intake === null) return await workLeft(knex, id);
    const { send } = intake;
    if (send.status === "cancelled") return NO_WORK;
    if (send.status === "persisted") return await workLeft(knex, id);
    if (!send.due) return { ...NO_WORK, holdUntil: must(send.send_at, "time to send at") };
    const content = { ...(await redact({ ...redactDeps, knex }, intake)), escalation: rulesFor(intake) };
    const [wishes] = intake.people;
    const arrival = planArrival(id, must(wishes, "recipient"), send, channels.names());
    const { changes, work } = await arrive(knex, id, content, [arrival], true);
    onStep("persist.committed");
    // Best effort: the delivery on the live channel says it again, and waits for the receipt.
    for (const { inboxId, seq } of changes) bridge.publish(inboxId, { seq, id }).catch(() => undefined);
    return work;
  };
}
