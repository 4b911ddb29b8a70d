import { expect, test } from "vitest";
import { shareReads } from "./shared-reads.ts";
import { MemoryInbox } from "./testing/inbox.ts";
import { startNode } from "./testing/node.ts";

const person = (userId: string) => ({ userId, sessionId: "s", inboxId: `inbox-${userId}` });

test("reads once for calls that ask the same together, and anew for a later call", async () => {
  const store = new MemoryInbox();
  const inbox = shareReads(store);
  const together = [inbox.changesAfter(person("a"), 0, 10), inbox.changesAfter(person("a"), 0, 10)];
  store.change("n1");
  expect((await Promise.all(together)).map(({ changes }) => changes.length)).toEqual([1, 1]);
  expect(store.reads).toBe(1);
  const first = inbox.changesAfter(person("a"), 1, 10);
  await new Promise((resolve) => setImmediate(resolve));
  store.change("n2");
  expect((await inbox.changesAfter(person("a"), 1, 10)).changes).toHaveLength(1);
  await first;
  expect(store.reads).toBe(3);
});

test("never gives one person another's answer, and passes a failure on to all who asked, and to nobody later", async () => {
  const store = new MemoryInbox();
  const inbox = shareReads(store);
  await Promise.all([inbox.changesAfter(person("a"), 0, 10), inbox.changesAfter(person("b"), 0, 10)]);
  expect(store.reads).toBe(2);
  store.away = true;
  const failing = [inbox.changesAfter(person("a"), 0, 10), inbox.changesAfter(person("a"), 0, 10)];
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  store.away = false;
  expect((await inbox.changesAfter(person("a"), 0, 10)).changes).toEqual([]);
});

test("twenty sockets of one person cost one read a change", async () => {
  await using node = await startNode();
  const clients = await Promise.all(Array.from({ length: 20 }, (_, n) => node.join(`person1-s${n}`)));
  await node.notify("n1");
  for (const client of clients) await client.upTo(1);
  expect(node.inbox.reads).toBe(1);
});

test("never gives a page of another system what its person's own sockets read", async () => {
  const store = new MemoryInbox();
  const inbox = shareReads(store);
  const page = (tokenId: string) => ({ ...person("a"), subject: { tokenId, expiresAt: new Date() } });
  const asking = [person("a"), page("one"), page("two"), page("two")];
  await Promise.all(asking.map((owner) => inbox.changesAfter(owner, 0, 10)));
  expect(store.reads).toBe(3);
});
