import type { ClientFrame } from "../contract.ts";
import type { SocketOwner, InboxStore } from "./ports.ts";

type ActFrame = Extract<ClientFrame, { type: "acknowledge" | "dismiss" }>;

/** Acts of one socket that may wait their turn. */
const MAX_WAITING = 64;

/**
 * Carries out a client's acts, one after the other. The client sees an act that succeeded as a change of the
 * notification, and gets an error frame for one that failed; the frame's detail names the act and the notification.
 */
export function createActs(
  inbox: InboxStore,
  person: SocketOwner,
  refuse: (code: string, detail: string) => void,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): (frame: ActFrame) => void {
  let last = Promise.resolve();
  let waiting = 0;

  async function carryOut({ type, notification_id }: ActFrame): Promise<void> {
    if (signal.aborted) return;
    const what = `${type} ${notification_id}`;
    try {
      const result = type === "acknowledge" ? inbox.acknowledge : inbox.dismiss;
      const done = await result.call(inbox, person, notification_id);
      if (done === "not_found") refuse("not_found", `${what}: there is no such notification`);
      if (done === "signed_out") refuse("signed_out", `${what}: the session has ended`);
      if (done === "conflict") refuse("conflict", `${what}: its state does not allow it`);
    } catch (error) {
      onFailure(error);
      refuse("unavailable", `${what}: try again`);
    } finally {
      waiting--;
    }
  }

  return (frame) => {
    if (waiting >= MAX_WAITING) {
      return refuse("busy", `${frame.type} ${frame.notification_id}: too many at once, try again`);
    }
    waiting++;
    last = last.then(() => carryOut(frame));
  };
}
