import type { Knex } from "knex";
import { v5 as uuidv5 } from "uuid";
import { LIVE } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { must } from "../../config/must.ts";
import { rulesFor } from "../../store/notifications/escalation.ts";
import {
  type Arrival,
  arrive,
  type Content,
  type Cover,
  type Intake,
  readIntake,
  tellPage,
  type Wishes,
  type Work,
  workLeft,
} from "../../store/transitions/arrive.ts";
import { createGrouping, type GroupingDeps } from "./grouping.ts";
import { type Aside, atOnce, type InTurn } from "./persist.ts";
import { planArrivals } from "./plan.ts";
import { redact, type RedactDeps } from "./redact.ts";
import { type Online, tell, whoIsOnline, withoutLive } from "./sockets.ts";

/** People whose inboxes one page reaches, in one call of the database: few, since other writes to these inboxes wait meanwhile. */
const PAGE = 200;
/** Pages that one call of the activity writes: few, since a call that was interrupted begins again. */
const PAGES = 5;
/** People with an open screen who come before everybody else, in the first call: as many as a slow database writes in its time. */
const FIRST = 10 * PAGE;

/** A recipient's notification of a broadcast has an id made from both, so a page that is run again writes nothing twice. */
export const ofRecipient = (broadcastId: string, userId: string): string => uuidv5(userId, broadcastId);

/** Where a call ended; `after` is null after the last page. */
export interface BroadcastPage {
  after: string | null;
  /** People of its pages; they have it now, whether this run wrote it or one that was interrupted. */
  reached: number;
  /** How long to wait; ms. Nothing was written. */
  holdMs?: number;
  /** The same in older histories: an ISO time. */
  holdUntil?: string;
  /** The node lets urgent work go before the next page (node/precedence.ts), so the workflow need not pause. */
  paced?: true;
  /** The work left of the alert that stands for the broadcast; with its last page, where somebody has to acknowledge it. */
  alert?: Work;
}

export interface BroadcastDeps extends RedactDeps, GroupingDeps {
  knex: Knex;
  bridge: Bridge;
  channels: Pick<Registry, "names">;
}

/** How a call goes on: each page in its turn, and no further page once `signal` aborts. */
export interface Pacing {
  inTurn?: InTurn;
  signal?: AbortSignal;
}

/**
 * Writes a broadcast into the inboxes of the next people, page by page, and tells their sockets: at the beginning those who have a screen
 * open, then everybody in the order of ids. Other channels are left queued: the reconciler begins each notification's own workflow,
 * which tries them.
 */
export function createBroadcastPage({ knex, bridge, channels, ...redactDeps }: BroadcastDeps) {
  const grouped = createGrouping(redactDeps);
  const redacted = async (intake: Intake): Promise<Content> => ({
    ...(await redact({ ...redactDeps, knex }, intake)),
    escalation: rulesFor(intake),
  });

  /** Writes the notifications of a page; answers the work left after the last one. */
  async function write(intake: Intake, content: Content, online: Online, last: boolean): Promise<Work> {
    const { send, people, inboxes } = intake;
    const asked = send.channels ?? channels.names();
    const offline = new Set<string>();
    const inboxOf = new Map(people.map(({ userId }, index) => [userId, inboxes?.[index]]));
    const planned = planBroadcast(send, people, channels.names());
    const arrivals = grouped(intake, content, planned).map((arrival) => {
      const inbox = inboxOf.get(arrival.userId);
      if (asked[0] !== LIVE || online === null || inbox === undefined || online.has(inbox)) return arrival;
      offline.add(arrival.id);
      return withoutLive(arrival);
    });
    const { changes, work } = await arrive(knex, send.id, content, arrivals, last);
    const told = await tell(bridge, changes);
    if (asked[0] !== LIVE || told === null) return work;
    // That somebody is offline is on record already, and matters to other channels alone.
    const news = asked.length > 1 ? told.offline : told.offline.filter((id) => !offline.has(id));
    if (told.live.length + news.length > 0) await tellPage(knex, send.id, told.live, news);
    return work;
  }

  return async function broadcastPage(
    id: string,
    after: string,
    { inTurn = atOnce, signal }: Pacing = {},
  ): Promise<BroadcastPage> {
    const online = await whoIsOnline(bridge);
    let content: Content | undefined;

    async function writeFirst(inboxes: string[]): Promise<void> {
      const intake = await readIntake(knex, id, { after: "", size: FIRST, inboxes });
      if (intake === null || intake.send.status !== "accepted" || intake.send.waitMs > 0) return;
      for (let from = 0; from < intake.people.length && signal?.aborted !== true; from += PAGE) {
        const page = {
          ...intake,
          people: intake.people.slice(from, from + PAGE),
          inboxes: intake.inboxes?.slice(from, from + PAGE) ?? null,
        };
        await inTurn(async (aside) =>
          write(page, (content ??= await aside(() => redacted(page))), online, false),
        );
      }
    }

    async function writeNext(place: string, aside: Aside): Promise<BroadcastPage> {
      const intake = await readIntake(knex, id, { after: place, size: PAGE });
      if (intake === null || intake.send.status === "cancelled" || intake.send.shredded)
        return { after: null, reached: 0 };
      const { send, people } = intake;
      if (send.status === "persisted")
        return { after: null, reached: 0, ...alertOf(await workLeft(knex, id)) };
      if (send.waitMs > 0) return { after: place, reached: 0, holdMs: send.waitMs };
      const last = people.length < PAGE;
      const work = await write(intake, (content ??= await aside(() => redacted(intake))), online, last);
      return {
        after: last ? null : must(people.at(-1), "last person of the page").userId,
        reached: people.length,
        paced: true,
        ...(last ? alertOf(work) : {}),
      };
    }

    if (after === "" && online !== null && online.size > 0) await writeFirst([...online]);
    let reached = 0;
    for (let place = after, pages = 1; ; pages += 1) {
      const page = await inTurn((aside) => writeNext(place, aside));
      reached += page.reached;
      const isOver = page.after === null || page.holdMs !== undefined;
      if (page.after === null || isOver || pages === PAGES || signal?.aborted === true)
        return { ...page, reached };
      place = page.after;
    }
  };
}

/** A broadcast's notifications of a page of people. Delegates who get it for their own sake need none for others; the page that has them may be another. */
function planBroadcast(send: Intake["send"], people: Wishes[], available: string[]): Arrival[] {
  const idOf = (userId: string): string => ofRecipient(send.id, userId);
  const getsIt = ({ userId, roles }: Cover): boolean =>
    (send.role === null || roles.includes(send.role)) &&
    (send.people === null || send.people.includes(userId));
  const pageOf = new Set(people.map(({ userId }) => userId));
  return planArrivals(idOf, people, send, available).filter(({ userId }) => {
    if (pageOf.has(userId)) return true;
    const cover = people.find((one) => one.cover?.userId === userId)?.cover;
    return !cover || !getsIt(cover);
  });
}

/** What the workflow has to know of the alert; nothing where nobody has to acknowledge. */
const alertOf = (work: Work): { alert?: Work } => (work.nextMs === null ? {} : { alert: work });
