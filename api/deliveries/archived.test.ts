import { afterAll, beforeAll, expect, it } from "vitest";
import { archivePartition } from "../../store/archive/archive.ts";
import { partitionsBefore } from "../../store/archive/partitions.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { endPartition } from "../../testing/partitions.ts";
import { createTimeline } from "./timeline.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

let hospital: Hospital;
let to: string;
beforeAll(async () => {
  hospital = await createHospital();
  to = await mkdtemp(join(tmpdir(), "tocsin-archive-"));
});
afterAll(async () => {
  await hospital.close();
  await rm(to, { recursive: true });
});

it("a timeline says until when its events are in an archive; one that began later does not", async () => {
  const timeline = createTimeline(hospital.knex, createVault(hospital.config.masterKeys));
  const boss = { actor: "user:north-boss", territories: null, followerKey: null } as const;
  const old = await hospital.notify("north-1");
  const found = await timeline.find(boss, old);
  expect(found?.events.length).toBeGreaterThan(0);
  expect(found?.archivedUntil).toBeNull();

  const ends = await endPartition(await hospital.owner(), "delivery_events");
  const owner = openDatabase(hospital.config.database.url, { max: 2 });
  for (const partition of await partitionsBefore(owner, "delivery_events", new Date()))
    await archivePartition(owner, partition, { to });
  await owner.destroy();
  const later = await hospital.notify("north-1");

  expect(await timeline.find(boss, old)).toMatchObject({
    deliveries: found?.deliveries,
    events: [],
    archivedUntil: ends,
  });
  const fresh = await timeline.find(boss, later);
  expect(fresh?.events.length).toBeGreaterThan(0);
  expect(fresh?.archivedUntil).toBeNull();
});
