import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aService } from "../../testing/nouns.ts";
import { createKeyIds } from "./key-ids.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

it("the ids of keys are read for all who ask meanwhile together, and know a key that was just made", async () => {
  let readings = 0;
  const hear = ({ sql }: { sql: string }): void => {
    if (/select "id" from "service_keys"/.test(sql)) readings++;
  };
  hospital.knex.on("query", hear);
  const ids = createKeyIds(hospital.knex);
  expect(ids.knows(hospital.services.north.keyId)).toBe(false);
  const asked = await Promise.all(Array.from({ length: 200 }, (_, n) => ids.isKnown(`nobody-${n}`)));
  expect(new Set(asked)).toEqual(new Set([false]));
  expect(readings).toBe(1);
  expect(ids.knows(hospital.services.north.keyId)).toBe(true);
  const made = await aService(hospital, { territories: ["north"] });
  expect(ids.knows(made.keyId)).toBe(false);
  // One asks while a reading goes on that may have begun before the key was made.
  const [, found] = await Promise.all([ids.isKnown("nobody"), ids.isKnown(made.keyId)]);
  expect(found).toBe(true);
  const owner = await hospital.owner("service_keys");
  await owner.query("UPDATE service_keys SET revoked_at = now() WHERE id = $1", [made.keyId]);
  expect(await ids.isKnown(made.keyId)).toBe(false);
  hospital.knex.off("query", hear);
});
