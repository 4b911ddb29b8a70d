import { describe, expect, it } from "vitest";
import { KINDS } from "../../redaction/index.ts";
import type { Answer } from "../../testing/calls.ts";
import { Territory } from "../territories/schema.ts";
import { aPerson } from "../../testing/nouns.ts";
import { hospital, server, owner, one, two, useAdmins, by, confirm, waiting, events } from "./testing.ts";

useAdmins();

describe("settings of a territory", () => {
  const set = (settings: object, id = "north"): Promise<Answer> =>
    server.patch(`/api/territories/${id}`, { settings }, by(one));
  const territory = async (id: string): Promise<Territory> =>
    (await server.get(`/api/territories/${id}`, by(one))).read(Territory);
  const north = (): Promise<Territory> => territory("north");
  const without = (...left: string[]): string[] => KINDS.filter((kind) => !left.includes(kind));
  const pattern = (source: string) => ({ kind: "mrn", source });

  it("by which less is redacted, or originals are kept for another time, wait for another admin", async () => {
    const strict = { redaction: { patterns: [pattern("[A-Z]{3}-[0-9]{4}")] } };
    expect((await set(strict)).status).toBe(200);
    for (const settings of [
      { redaction: { ...strict.redaction, kinds: without("url") } },
      { redaction: { ...strict.redaction, facilities: false } },
      { redaction: { patterns: [pattern("[A-Z]{2}-[0-9]{4}")] } },
      { redaction: {} },
      { redaction: null },
      { originals_days: 1 },
    ]) {
      const answer = await set(settings);
      expect(answer.status, JSON.stringify(settings)).toBe(202);
      expect(await north()).toMatchObject({ settings: strict });
    }
    // No redaction settings, and none that say anything, come to the same.
    expect(await waiting()).toHaveLength(5);
    const more = [...strict.redaction.patterns, pattern("[0-9]{9}")];
    expect((await set({ redaction: { kinds: KINDS, facilities: true, patterns: more } })).status).toBe(200);
    expect((await set({ takeover_seconds: 30 })).status).toBe(200);
  });

  it("are made when another one confirms them, with the old and the new value on record", async () => {
    const answer = await set({ originals_days: 365 });
    const change_id = answer.read(Territory).pending_changes.at(-1)?.change_id ?? "";
    await server.patch("/api/territories/north", { name: "North Clinic" }, by(one));
    expect((await waiting()).find((one) => one.change_id === change_id)).toMatchObject({
      ...{ subject_id: "north", subject_name: "North Clinic" },
    });
    // What was set meanwhile stays.
    await set({ takeover_seconds: 60 });
    expect((await confirm(change_id, one)).status).toBe(403);
    expect((await confirm(change_id, two)).status).toBe(200);
    expect((await north()).settings).toMatchObject({ originals_days: 365, takeover_seconds: 60 });
    expect((await events("change.confirm")).at(-1)).toMatchObject({
      actor: "user:admin-2",
      territory_id: "north",
      payload: { asked_by: "admin-1", settings: { originals_days: { from: null, to: 365 } } },
    });
    for (const days of [366, null]) expect((await set({ originals_days: days })).status).toBe(202);
    expect((await set({ originals_days: 365 })).status).toBe(200);
  });

  it("name by their names those whom they would tell, and tell no more, to whoever confirms them", async () => {
    await server.post("/api/territories", { territory_id: "named", name: "Named" }, by(one));
    for (const id of ["n.first", "n.second"]) await aPerson(hospital, { id, territory: "named" });
    const asked = async (settings: object) =>
      (await set(settings, "named")).read(Territory).pending_changes.at(-1);
    const first = await asked({ last_resort: { user_id: "n.first" }, privacy_officer: "n.first" });
    expect(first?.people).toEqual([{ user_id: "n.first", name: "n.first" }]);
    expect((await confirm(first?.change_id ?? "", two)).status).toBe(200);
    const second = await asked({ last_resort: { user_id: "n.second" } });
    expect(second?.people.map(({ user_id }) => user_id)).toEqual(["n.first", "n.second"]);
    expect((await waiting()).find(({ change_id }) => change_id === second?.change_id)).toEqual(second);
    const third = await asked({ last_resort: null, originals_days: 3 });
    expect(third?.people.map(({ user_id }) => user_id)).toEqual(["n.first"]);
  });

  it("leave what was set since they were asked for as it is, and are refused where it is the same setting", async () => {
    await server.post("/api/territories", { territory_id: "ward", name: "Ward" }, by(one));
    const asked = async (redaction: object): Promise<string> =>
      (await set({ redaction }, "ward")).read(Territory).pending_changes.at(-1)?.change_id ?? "";
    const redaction = async () => (await territory("ward")).settings["redaction"];
    const strict = { hidden: [{ kind: "geo", value: "Ward Seven" }] };
    const laxer = await asked({ facilities: false });
    expect((await set({ redaction: strict }, "ward")).status).toBe(200);
    expect((await confirm(laxer, two)).status).toBe(200);
    const both = { ...strict, facilities: false };
    expect(await redaction()).toEqual(both);

    const [first, second] = [
      await asked({ ...both, kinds: without("url", "ip") }),
      await asked({ ...both, kinds: without("url") }),
    ];
    expect((await confirm(second, two)).status).toBe(200);
    expect((await events("change.confirm")).at(-1)?.["payload"]).toMatchObject({
      settings: { "redaction.kinds": { from: null } },
    });
    expect(JSON.stringify((await events("change.confirm")).at(-1))).not.toContain("redaction.hidden");
    expect(await confirm(first, two)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("redaction.kinds") },
    });
    expect(await redaction()).toEqual({ ...both, kinds: without("url") });
    expect((await server.delete(`/api/changes/${first}`, by(one))).status).toBe(204);
  });

  it("wait for a territory that is new, too; a site's only admin makes them", async () => {
    const settings = { originals_days: 30, redaction: { facilities: false } };
    const body = { territory_id: "fresh", name: "Fresh", settings };
    const made = await server.post("/api/territories", body, by(one));
    expect(made).toMatchObject({
      status: 201,
      body: {
        settings: {},
        pending_changes: [
          {
            change: {
              settings: {
                originals_days: { from: null, to: 30 },
                "redaction.facilities": { from: null, to: false },
              },
            },
          },
        ],
      },
    });
    await owner.query("UPDATE users SET disabled_at = now() WHERE id IN ('admin-2', 'admin-3')");
    const alone = await server.post("/api/territories", { ...body, territory_id: "alone" }, by(one));
    expect(alone).toMatchObject({ status: 201, body: { settings, pending_changes: [] } });
    expect((await events("territory.create")).at(-1)).toMatchObject({ payload: { only_admin: true } });
  });
});
