import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { demoUser, Person, targetOf } from "../testing/client.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import type { Demo } from "../store/demo.ts";
import {
  type Change,
  createService,
  type Event,
  inbox,
  type InboxOptions,
  type Service,
  SignedOut,
} from "./index.ts";

let site: Site;
let nodes: [Program, Program];
let demo: Demo;
let person: Person;
let service: Service;

beforeAll(async () => {
  site = await createSite();
  nodes = [await site.start(), await site.start()];
  demo = await site.demo();
  person = await Person.signIn(nodes[1].url, demoUser(demo, "clinician"));
  service = createService({ url: urls(), key: demo.api_key });
});
afterAll(() => site.close());

const urls = (): string[] => nodes.map(({ url }) => url);
const send = async (message: string): Promise<string> =>
  (await service.send({ ...targetOf(demoUser(demo, "clinician")), message })).notification_id;

/** Somebody who reads an inbox until the test is over. */
function follow(options: Partial<InboxOptions> = {}) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const changes: Change[] = [];
  const states: string[] = [];
  const read = async (): Promise<void> => {
    const all = {
      url: urls(),
      session: person.cookie,
      signal: stop.signal,
      onState: (one: string) => void states.push(one),
    };
    for await (const change of inbox({ ...all, ...options })) changes.push(change);
  };
  const over = read();
  over.catch(() => undefined);
  const shows = (id: string) =>
    until(`${id} is shown`, () => changes.some(({ notification }) => notification.notification_id === id));
  return { changes, states, shows, over, stop: () => stop.abort() };
}

it("follows inbox and events without gap or double, while a node is killed, and each send counts once", async () => {
  const events: Event[] = [];
  const stop = new AbortController();
  const listening = (async () => {
    for await (const event of service.events({ signal: stop.signal })) events.push(event);
  })();
  const { changes, states, shows } = follow();
  await until("it is live", () => states.includes("live"));
  const before = [await send("before 0"), await send("before 1")];
  for (const id of before) await shows(id);
  const during = Promise.all([0, 1, 2, 3, 4, 5].map((n) => send(`during ${n}`)));
  await nodes[0].kill();
  const ids = [...before, ...(await during), await send("after")];
  for (const id of ids) await shows(id);
  expect(states).toContain("reconnecting");

  const kept = await person.inbox();
  expect(kept.map(({ notification_id }) => notification_id).toSorted()).toEqual(ids.toSorted());
  const last = Math.max(...kept.map(({ seq }) => seq));
  await until("all changes are shown", () => changes.at(-1)?.seq === last);
  const numbers = changes.map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
  for (const { notification_id, seq } of kept)
    expect(
      changes.findLast(({ notification }) => notification.notification_id === notification_id)?.seq,
    ).toBe(seq);

  await until("every send's event came", () =>
    ids.every((id) =>
      events.some(({ type, data }) => type === "notification.delivered" && data.notification_id === id),
    ),
  );
  stop.abort();
  await listening;
  const answer = await fetch(`${nodes[1].url}/api/events?after=0`, {
    headers: { Authorization: `Bearer ${demo.api_key}` },
  });
  const { events: all } = Object(await answer.json());
  expect(events).toEqual(all.slice(0, events.length));
});

it("goes on after the number that it is given, and confirms what was taken out", async () => {
  const first = follow({ url: nodes[1].url });
  await until("it is live", () => first.states.includes("live"));
  const one = await send("taken out");
  await first.shows(one);
  await until(
    "the device has it",
    async () => (await person.inbox()).find((n) => n.notification_id === one)?.status === "delivered",
  );
  first.stop();
  await first.over;
  const after = Math.max(...(await person.inbox()).map(({ seq }) => seq));
  const missed = await send("missed");
  const second = follow({ url: nodes[1].url, after });
  await second.shows(missed);
  expect(second.changes.every(({ seq }) => seq > after)).toBe(true);
});

it("ends with the session", async () => {
  const own = await Person.signIn(nodes[1].url, demoUser(demo, "clinician"));
  const reader = follow({ url: nodes[1].url, session: own.cookie });
  await until("it is live", () => reader.states.includes("live"));
  await own.fetch("/api/sessions", { method: "DELETE" });
  await expect(reader.over).rejects.toThrow(SignedOut);
  await expect(follow({ url: nodes[1].url, session: own.cookie }).over).rejects.toThrow(SignedOut);
});
