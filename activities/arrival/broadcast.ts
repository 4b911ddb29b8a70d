import type { Knex } from "knex";
import { v5 as uuidv5 } from "uuid";
import { LIVE } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { must } from "../../config/must.ts";
import type { InboxChange } from "../../store/notifications/inbox.ts";
import { rulesFor } from "../../store/notifications/escalation.ts";
import { arrive, readIntake, tellPage, type Work, workLeft } from "../../store/transitions/arrive.ts";
import { planArrival } from "./plan.ts";
import { redact, type RedactDeps } from "./redact.ts";

/** People whose inboxes one page reaches, in one call: few, since other writes to these inboxes wait meanwhile. */
const PAGE = 100;

/** A recipient's notification of a broadcast has an id made from both, so a page that is run again writes nothing twice. */
export const ofRecipient = (broadcastId: string, userId: string): string => uuidv5(userId, broadcastId);

/** Where a page ended; `after` is null after the last page. */
export interface BroadcastPage {
  after: string | null;
  /** People of the page; they have it now, whether this run wrote it or one that was interrupted. */
  reached: number;
  /** ISO time to wait for; nothing was written. */
  holdUntil?: string;
  /** The node lets urgent work go before the next page (node/precedence.ts), so the workflow need not pause. */
  paced?: true;
  /** The work left of the alert that stands for the broadcast; with its last page, where somebody has to acknowledge it. */
  alert?: Work;
}

export interface BroadcastDeps extends RedactDeps {
  knex: Knex;
  bridge: Bridge;
  channels: Pick<Registry, "names">;
  onStep: (step: string) => void;
}

/**
 * Writes a broadcast into the inboxes of the next page of people, then tells their sockets. Other channels are
 * left queued: the reconciler begins each notification's own workflow, which tries them.
 */
export function createBroadcastPage({ knex, bridge, channels, onStep, ...redactDeps }: BroadcastDeps) {
  return async function broadcastPage(id: string, after: string): Promise<BroadcastPage> {
    const intake = await readIntake(knex, id, { after, size: PAGE });
    if (intake === null || intake.send.status === "cancelled" || intake.send.shredded)
      return { after: null, reached: 0 };
    const { send, people } = intake;
    if (send.status === "persisted") return { after: null, reached: 0, ...alertOf(await workLeft(knex, id)) };
    if (!send.due) return { after, reached: 0, holdUntil: must(send.send_at, "time to send at") };
    const content = { ...(await redact({ ...redactDeps, knex }, intake)), escalation: rulesFor(intake) };
    const last = people.length < PAGE;
    const names = channels.names();
    const arrivals = people.map((wishes) => planArrival(ofRecipient(id, wishes.userId), wishes, send, names));
    const { changes, work } = await arrive(knex, id, content, arrivals, last);
    onStep("broadcast.paged");
    await tell(knex, bridge, id, changes, (send.channels ?? names)[0] === LIVE);
    return {
      after: last ? null : must(people.at(-1), "last person of the page").userId,
      reached: people.length,
      paced: true,
      ...(last ? alertOf(work) : {}),
    };
  };
}

/** What the workflow has to know of the alert; nothing where nobody has to acknowledge. */
const alertOf = (work: Work): { alert?: Work } => (work.nextMs === null ? {} : { alert: work });

/** Tells the sockets of a page's people, and, where the live channel comes first, writes which people have one. */
async function tell(
  knex: Knex,
  bridge: Bridge,
  sendId: string,
  changes: InboxChange[],
  liveFirst: boolean,
): Promise<void> {
  const told = await Promise.all(
    changes.map(async ({ inboxId, seq, id }) => ({
      id,
      nodes: await bridge.publish(inboxId, { seq, id }).catch(() => null),
    })),
  );
  if (!liveFirst || changes.length === 0) return;
  // Where the bus is away nobody knows who has a socket: those deliveries stay queued.
  const idsWhere = (wanted: (nodes: number) => boolean): string[] =>
    told.flatMap(({ id, nodes }) => (nodes !== null && wanted(nodes) ? [id] : []));
  await tellPage(
    knex,
    sendId,
    idsWhere((nodes) => nodes > 0),
    idsWhere((nodes) => nodes === 0),
  );
}
