import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";

/** Inboxes that are locked at a time. */
const PAGE = 100;

interface Page {
  changes: InboxChange[];
  more: boolean;
}

const followPage = (knex: Knex, rootId: string): Promise<Page> => call(knex, "follow", rootId, PAGE);
const closePage = (knex: Knex, rootId: string): Promise<Page> => call(knex, "close_copies", rootId, PAGE);

/** Brings what happened to an alert to its copies, page by page: that it was sent again, how it ended, or that it is open again. */
export const follow = (knex: Knex, rootId: string): Promise<InboxChange[]> =>
  everyPage(() => followPage(knex, rootId));

/** Closes every notification still open in a family that enough people have acknowledged. */
export const closeCopies = (knex: Knex, rootId: string): Promise<InboxChange[]> =>
  everyPage(() => closePage(knex, rootId));

/**
 * The same for whoever waits for an answer: the first page, which is all of them in nearly every family. The act stands even where it does
 * not come to the copies: the relay sees to those that are left.
 */
export const followSoon = (knex: Knex, rootId: string): Promise<InboxChange[]> =>
  changesOf(followPage(knex, rootId));
export const closeSoon = (knex: Knex, rootId: string): Promise<InboxChange[]> =>
  changesOf(closePage(knex, rootId));

const changesOf = async (page: Promise<Page>): Promise<InboxChange[]> =>
  (await page.catch(() => ({ changes: [] }))).changes;

/** Calls a transition until it has no page left; each call is committed by itself. */
async function everyPage(next: () => Promise<Page>): Promise<InboxChange[]> {
  const all: InboxChange[] = [];
  for (;;) {
    const page = await next();
    all.push(...page.changes);
    if (!page.more) return all;
  }
}
