import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { nameOf } from "../db/transitions.ts";

/** What a transition costs must not depend on what else is unfinished in the installation. */
describe("with many deliveries unfinished", () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await createHospital();
    // Statistics are from a time at which nearly nothing was unfinished, as they are when an outage begins.
    for (let n = 0; n < 30; n += 1) await hospital.notify("north-2");
    await hospital.asOwner("UPDATE deliveries SET status = 'delivered'");
    await hospital.asOwner("ANALYZE");
    for (let n = 0; n < 50; n += 1) await hospital.notify("north-2");
    await hospital.notify("north-1");
  });
  afterAll(() => hospital.close());

  /** Rows of deliveries that PostgreSQL fetched for a call. */
  const fetched = (call: string, ...values: (string | number)[]): Promise<number> =>
    hospital.knex.transaction(async (trx) => {
      // These tables are small: a plan for large ones goes by an index.
      await trx.raw("SET LOCAL enable_seqscan = off");
      const read = async (): Promise<number> => {
        const { rows } = await trx.raw(
          "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) AS read FROM pg_stat_xact_user_tables WHERE relname = 'deliveries'",
        );
        return Number(rows[0].read);
      };
      const before = await read();
      const places = values.map(() => "?").join(", ");
      await trx.raw(`SELECT ${nameOf(call)}(${places})`, values);
      return (await read()) - before;
    });

  it("a receipt reads those of its notification alone", async () => {
    expect(await fetched("receive", "north-1", 0, 1_000, 0, 0)).toBeLessThan(10);
  });
});
