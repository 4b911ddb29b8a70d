import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { type CriticalSend, type CriticalStart, createCriticalStarts } from "./critical-starts.ts";

/** How long a start waits where no test waits for that; ms. */
const LONG = 60_000;

/** Temporal takes every start, and says so at once; `started` holds the sends, in order. A send arrives when the test says so. */
function stage(patience = LONG) {
  const bridge = createLocalBridge();
  const started: string[] = [];
  const parties = new Set<string | undefined>();
  const take = (id: string, _lane: unknown, _again: unknown, party?: string): Promise<boolean> => {
    started.push(id);
    parties.add(party);
    return Promise.resolve(true);
  };
  const { start } = createCriticalStarts({
    starter: { start: take, startBroadcast: take },
    bridge,
    times: 1,
  });
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 5; n++) await setImmediate();
  };
  return {
    started,
    parties,
    settle,
    ask: (key: string, territory: string, id: string, kind: CriticalSend["kind"] = "notification") =>
      start({ id, kind, territory, key }, patience),
    flood: (key: string, territory: string, many = 100): Promise<CriticalStart>[] =>
      Array.from({ length: many }, (_, n) =>
        start({ id: `${key} ${n}`, kind: "notification", territory, key }, patience),
      ),
    async arrive(...ids: string[]) {
      for (const id of ids) bridge.hintProgress(id);
      await settle();
    },
  };
}

it("starts few of a key at a time, and the next ones as these arrive", async () => {
  const { started, settle, flood, arrive } = stage();
  const answers = flood("flood", "north");
  await settle();
  expect(started).toHaveLength(16);
  expect(await Promise.all(answers.slice(0, 16))).toEqual(Array.from({ length: 16 }, () => "started"));
  await arrive("flood 0", "flood 7");
  expect(started.slice(16)).toEqual(["flood 16", "flood 17"]);
});

it("counts a key's sends together, whatever territories they are for", async () => {
  const { started, settle, flood, ask } = stage();
  void flood("flood", "north", 10);
  for (let n = 0; n < 40; n++) void ask("flood", `ward ${n}`, `ward ${n}`, "broadcast");
  await settle();
  expect(started).toHaveLength(16);
});

it("starts another key's at once, however many of the first wait", async () => {
  const { started, settle, flood, ask } = stage();
  void flood("flood", "north", 1_000);
  void ask("lab", "north", "single");
  await settle();
  expect(started.slice(16)).toEqual(["single"]);
});

it("says to Temporal whose each is, so that those in its queue take turns too", async () => {
  const { parties, settle, ask } = stage();
  void ask("lab", "north", "one");
  void ask("lab", "south", "two", "broadcast");
  void ask("ward", "south", "three");
  await settle();
  expect([...parties]).toEqual(["lab@north", "lab@south", "ward@south"]);
});

it("lets territories and keys take turns where many keys have filled the node", async () => {
  const { started, settle, flood, ask, arrive } = stage();
  for (const key of ["one", "two", "three"]) void flood(key, "north");
  void ask("lab", "south", "single");
  await settle();
  expect(started).toHaveLength(32);
  await arrive("one 0", "one 1");
  expect(started.slice(32)).toContain("single");
});

it("leaves to the relay what has no turn soon, and loses no place by it", async () => {
  const { started, settle, flood, arrive } = stage(1_000);
  const answers = await Promise.all(flood("flood", "north", 20));
  expect(answers.filter((came) => came === "waits")).toHaveLength(4);
  await arrive(...started);
  expect(started).toHaveLength(16);
  void flood("flood", "north", 16);
  await settle();
  expect(started).toHaveLength(32);
});

it("starts nothing twice that is under way", async () => {
  const { started, ask, settle, arrive } = stage();
  void ask("lab", "north", "single");
  await settle();
  expect(await ask("lab", "north", "single")).toBe("started");
  await arrive("single");
  void ask("lab", "north", "single");
  await settle();
  // And again once it is not.
  expect(started).toEqual(["single", "single"]);
});
