import { expect, it } from "vitest";
import { tell, whoIsOnline } from "./sockets.ts";

const away = (): Promise<never> => Promise.reject(new Error("the bus is away"));
const changes = ["a", "b"].map((id) => ({ id, inboxId: `inbox-${id}`, seq: 1 }));

it("says who was told and who has no socket", async () => {
  const told: string[] = [];
  const bridge = {
    nodesOf: async (inboxes: string[]) => inboxes.map((inbox) => (inbox === "inbox-a" ? 1 : 0)),
    publish: async (inbox: string) => told.push(inbox),
  };
  expect(await tell(bridge, changes)).toEqual({ live: ["a"], offline: ["b"] });
  expect(told).toEqual(["inbox-a"]);
});

it("calls nobody offline while the bus is away, since nobody knows", async () => {
  expect(await whoIsOnline({ online: away })).toBe(null);
  expect(await tell({ nodesOf: away, publish: async () => 1 }, changes)).toBe(null);
  expect(await tell({ nodesOf: async (inboxes) => inboxes.map(() => 1), publish: away }, changes)).toBe(null);
});
