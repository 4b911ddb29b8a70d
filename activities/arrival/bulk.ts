import type { Knex } from "knex";
import { LIVE } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { isAway } from "../../store/db/knex.ts";
import type { InboxChange } from "../../store/notifications/inbox.ts";
import {
  arriveEach,
  type BulkIntake,
  type BulkPerson,
  type BulkSend,
  type Entry,
  leave,
  readBulk,
  tellBulk,
} from "../../store/transitions/bulk.ts";
import type { Pacing } from "./broadcast.ts";
import { groupingOf } from "./grouping.ts";
import { waitAfter } from "./hold.ts";
import { atOnce, type InTurn } from "./persist.ts";
import { planArrival } from "./plan.ts";
import { redact, type RedactDeps } from "./redact.ts";
import { type Online, tell, whoIsOnline, withoutLive } from "./sockets.ts";

/** Sends that one call of the database brings into inboxes: few, since other writes to these inboxes wait meanwhile, and their texts are read at once. */
const PAGE = { sends: 200, bytes: 2 ** 20 };
/** Pages that one call of the activity writes: few, so that others' turns at the worker come. */
const PAGES = 5;
/** Texts that are unsealed and handed to the redactor at a time, between which the event loop goes on. */
const SIDE_BY_SIDE = 20;

/** Where a call ended. */
export interface BulkPages {
  /** Notifications that are in their inboxes now. */
  arrived: number;
  /** Whether nothing was due any more. */
  isOver: boolean;
}

export interface BulkDeps extends RedactDeps {
  knex: Knex;
  bridge: Pick<Bridge, "online" | "nodesOf" | "publish">;
  channels: Pick<Registry, "names">;
  log: Pick<Logger, "error" | "warn">;
}

/** A send that a page brings into an inbox, or the time for which it waits; ms. */
type Made = { send: BulkSend; entry: Entry } | { send: BulkSend; waitMs: number };

/**
 * Brings the sends that came in bulk to a territory into their inboxes, page by page, and tells their recipients' sockets. Other channels are
 * left queued: the reconciler begins a workflow for each notification that has some. What a page can't take is left to a workflow of its own, from
 * the start. A page that was interrupted is written again: PostgreSQL knows what has arrived.
 */
export function createBulkPages({ knex, bridge, channels, log, redactor, vault }: BulkDeps) {
  const shared: BulkDeps["redactor"] = {
    redact: (texts, options, asker) => redactor.redact(texts, options, { ...asker, shares: true }),
  };

  async function make(send: BulkSend, person: BulkPerson, settings: unknown, online: Online): Promise<Made> {
    try {
      const { redaction, ...text } = await redact({ vault, knex, log, redactor: shared }, { send, settings });
      const { id, userId, deliveries } = planArrival(send.id, person, send, channels.names());
      const redacted = Object.values(redaction.counts).reduce((sum, count) => sum + count, 0);
      const entry = { ...text, id, userId, redaction, redacted, deliveries };
      const isOffline = online !== null && person.inboxId !== null && !online.has(person.inboxId);
      return { send, entry: isOffline && deliveries[0]?.channel === LIVE ? withoutLive(entry) : entry };
    } catch (error) {
      return { send, waitMs: await waitAfter({ knex, log }, send.id, error) };
    }
  }

  /** Redacts and plans what a page can take, few at a time. */
  async function makeAll({ settings, sends, people }: BulkIntake, online: Online): Promise<Made[]> {
    const personOf = new Map(people.map((person) => [person.userId, person]));
    const made: Made[] = [];
    for (let from = 0; from < sends.length; from += SIDE_BY_SIDE) {
      const next = sends.slice(from, from + SIDE_BY_SIDE);
      made.push(
        ...(await Promise.all(
          next.map((send) => make(send, must(personOf.get(send.user_id), "recipient"), settings, online)),
        )),
      );
    }
    return made;
  }

  /** Writes a page. Where that fails, the page is halved until what fails stands alone: it is not written. */
  async function write(territoryId: string, entries: Entry[]): Promise<InboxChange[]> {
    try {
      return entries.length === 0 ? [] : await arriveEach(knex, territoryId, entries);
    } catch (error) {
      if (isAway(error)) throw error;
      const [first] = entries;
      if (first !== undefined && entries.length === 1) {
        log.warn(
          { err: error, notificationId: first.id },
          "a page could not take a send, which is left to its own workflow",
        );
        return [];
      }
      const half = Math.ceil(entries.length / 2);
      const before = await write(territoryId, entries.slice(0, half));
      return [...before, ...(await write(territoryId, entries.slice(half)))];
    }
  }

  async function tellAll(territoryId: string, entries: Entry[], changes: InboxChange[]): Promise<void> {
    const told = await tell(bridge, changes);
    if (told === null) return;
    const entryOf = new Map(entries.map((entry) => [entry.id, entry]));
    const begins = (id: string): boolean => entryOf.get(id)?.deliveries[0]?.channel === LIVE;
    // That somebody is offline may be on record already, and matters to other channels alone.
    const isNews = (id: string): boolean => {
      const { deliveries } = must(entryOf.get(id), "entry");
      return deliveries.length > 1 || deliveries[0]?.skip === null;
    };
    const live = told.live.filter(begins);
    const offline = told.offline.filter((id) => begins(id) && isNews(id));
    if (live.length + offline.length > 0) await tellBulk(knex, territoryId, live, offline);
  }

  /** Brings the next page of what is due into inboxes; null where nothing is. */
  async function bringPage(territoryId: string, online: Online, inTurn: InTurn) {
    const intake = await inTurn(() => readBulk(knex, territoryId, PAGE));
    if (intake.sends.length === 0) return null;
    const people = new Map(intake.people.map((person) => [person.userId, person]));
    const takes = (send: BulkSend): boolean => {
      try {
        return isForPage(send, people.get(send.user_id), intake.settings);
      } catch (err) {
        // One person's wishes that can't be read hold up no other: its own workflow says what is wrong.
        log.warn(
          { err, notificationId: send.id },
          "a page could not plan a send, which is left to its own workflow",
        );
        return false;
      }
    };
    const made = await makeAll({ ...intake, sends: intake.sends.filter(takes) }, online);
    const entries = made.flatMap((one) => ("entry" in one ? [one.entry] : []));
    const held = new Map(
      made.flatMap((one) => ("waitMs" in one ? [[one.send.id, one.waitMs] as const] : [])),
    );
    const changes = await inTurn(async () => {
      const written = await write(territoryId, entries);
      const isDone = new Set([...written.map(({ id }) => id), ...held.keys()]);
      const alone = intake.sends.map(({ id }) => id).filter((id) => !isDone.has(id));
      if (alone.length + held.size > 0) await leave(knex, territoryId, alone, held);
      return written;
    });
    return { entries, changes };
  }

  return async function bulkPages(
    territoryId: string,
    { inTurn = atOnce, signal }: Pacing = {},
  ): Promise<BulkPages> {
    const online = await whoIsOnline(bridge);
    let arrived = 0;
    // Sockets hear of a page while the next one is read and redacted.
    let telling = Promise.resolve();
    try {
      for (let pages = 1; ; pages += 1) {
        const page = await bringPage(territoryId, online, inTurn);
        if (page === null) return { arrived, isOver: true };
        arrived += page.changes.length;
        await telling;
        telling = tellAll(territoryId, page.entries, page.changes);
        // What goes wrong is thrown where it is waited for.
        telling.catch(() => undefined);
        if (pages === PAGES || signal?.aborted === true) return { arrived, isOver: false };
      }
    } finally {
      await telling;
    }
  };
}

/** Whether a page may take a send: nothing but its own row decides what becomes of it, and nothing but channels is left once it has arrived. */
const isForPage = (send: BulkSend, person: BulkPerson | undefined, settings: unknown): boolean =>
  !send.linked &&
  !send.shredded &&
  send.escalation_policy_id === null &&
  send.resolved_at === null &&
  send.replaced_by === null &&
  person !== undefined &&
  person.isActive &&
  !person.isCovered &&
  person.inboxId !== null &&
  groupingOf(send, settings)(person.preferences) === null;
