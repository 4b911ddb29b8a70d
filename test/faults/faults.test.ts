import { randomUUID } from "node:crypto";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { type Breach, findBreaches } from "./checks.ts";
import type { Ledger } from "./ledger.ts";
import { readRecord } from "./record.ts";
import { explain, summarize } from "./report.ts";
import { run } from "./run.ts";

/** The short form of `npm run test:faults`, in one order of faults. */
const SEED = 7;
const FOR = 20_000;

/** Bugs that are planted into the database, each by itself: what is found of them. */
const BUGS = {
  "a notification that is dropped": {
    check: "is there once",
    plant: "DELETE FROM notifications WHERE id = $1",
    where: "SELECT id FROM notifications WHERE escalated_from IS NULL ORDER BY id LIMIT 1",
  },
  "a copy that is doubled": {
    check: "is there once",
    plant: `INSERT INTO notifications SELECT (jsonb_populate_record(notifications, '{"id": "${randomUUID()}", "seq": 0}')).*
      FROM notifications WHERE id = $1`,
    where: "SELECT id FROM notifications WHERE escalated_from IS NULL ORDER BY id LIMIT 1",
  },
  "a step after the acknowledgement": {
    check: "escalates rightly",
    plant: `INSERT INTO delivery_events (id, notification_id, user_id, territory_id, status, reason, attempt)
      SELECT nextval('delivery_events_id_seq'), id, user_id, territory_id, 'escalated', 'to_supervisor', 9
      FROM notifications WHERE id = $1`,
    where:
      "SELECT id FROM notifications WHERE escalation IS NOT NULL AND acknowledged_at IS NOT NULL ORDER BY id LIMIT 1",
  },
} satisfies { [bug: string]: { check: Breach["check"]; plant: string; where: string } };
type Bug = keyof typeof BUGS;
const NAMES = Object.keys(BUGS) as Bug[];

describe("two nodes whose parts fail", () => {
  let ledger: Ledger;
  let told: string[];
  const found = new Map<Bug, { before: Breach[]; after: Breach[]; id: string }>();

  beforeAll(async () => {
    const says: string[] = [];
    ({ ledger } = await run(
      { seed: SEED, forMs: FOR, say: (line) => says.push(line) },
      async (site, result) => {
        told = [...explain(site, result), ...(result.breaches.length > 0 ? says : [])];
        process.stdout.write(`${summarize(SEED, result).join("\n")}\n`);
        const client = new pg.Client({ connectionString: site.superuserUrl });
        await client.connect();
        for (const bug of NAMES) {
          const { plant, where } = BUGS[bug];
          await client.query("BEGIN; SET LOCAL session_replication_role = replica");
          const { rows } = await client.query<{ id: string }>(where);
          const { id } = must(rows[0], bug);
          await client.query(plant, [id]);
          const after = findBreaches(result.ledger, await readRecord(client));
          await client.query("ROLLBACK");
          found.set(bug, { before: result.breaches, after, id });
        }
        await client.end();
      },
    ));
  });

  it("keep what they promised", () => {
    expect(told).toEqual([]);
    expect(ledger.entries.length).toBeGreaterThan(50);
    expect(ledger.troubles.length).toBeGreaterThan(3);
  });

  it.each(NAMES)("would be found out in %s", (bug) => {
    const { before, after, id } = must(found.get(bug), bug);
    expect(after.length).toBeGreaterThan(before.length);
    const { check } = BUGS[bug];
    const about = after.filter((breach) => breach.check === check);
    expect(about.length).toBeGreaterThan(before.filter((breach) => breach.check === check).length);
    if (bug !== "a copy that is doubled") expect(about.map((breach) => breach.id)).toContain(id);
  });
});
