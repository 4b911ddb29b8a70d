import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { actAs } from "../db/knex.ts";
import { leafOf } from "./leaf.ts";
import { eventsIn } from "./rows.ts";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";

let bed: AuditBed;
beforeAll(async () => {
  bed = await createAuditBed();
});
afterAll(() => bed.close());

/** Any text that PostgreSQL can hold. */
const text = fc.string({ unit: "binary", maxLength: 30 }).map((value) => value.replaceAll("\0", ""));
const payload = fc.dictionary(
  text,
  fc.oneof(
    text,
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(text),
  ),
);

it("computes the leaf that the trigger computed, whatever an event holds", async () => {
  const events = fc.record({
    action: text,
    territory_id: fc.option(text),
    object_id: fc.option(text),
    payload: payload.map((value) => JSON.stringify(value)),
  });
  const samples = fc.sample(events, 500);
  await actAs(bed.knex, "relay", (trx) =>
    trx("audit_events").insert(samples.map((event) => ({ actor: "relay", outcome: "ok", ...event }))),
  );
  let seen = 0;
  for await (const row of eventsIn(bed.knex)) {
    expect(leafOf(row).toString("hex")).toBe(row.leaf.toString("hex"));
    seen += 1;
  }
  expect(seen).toBe(samples.length);
});
