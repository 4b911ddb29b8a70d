import { defineSignal } from "@temporalio/workflow";

/** The whole input of a workflow: everything else is in the database, behind its walls. */
export interface NotifyInput {
  notificationId: string;
}

/** A round of deliveries beyond those that the notification's own workflow planned. */
export interface RedeliverInput extends NotifyInput {
  round: number;
}

/** Says that somebody acknowledged, dismissed or cancelled the notification, or that quiet hours have changed. It is only a hint: the database decides. */
export const handledSignal = defineSignal("handled");
