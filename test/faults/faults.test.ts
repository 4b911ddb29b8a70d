import { randomUUID } from "node:crypto";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { type Breach, findBreaches } from "./checks.ts";
import type { Ledger } from "./ledger.ts";
import type { Act } from "./load.ts";
import { readRecord } from "./record.ts";
import { explain, summarize } from "./report.ts";
import { run } from "./run.ts";

/** The short form of `npm run test:faults`, in one order of faults. */
const SEED = 7;
const FOR = 20_000;

/** One that was sent to one person, and stands. */
const A_NOTIFICATION =
  "SELECT id FROM notifications WHERE id = send_id AND user_id IS NOT NULL AND status <> 'cancelled' ORDER BY id LIMIT 1";

/** Bugs that are planted into the database, each by itself: what is found of them. */
const BUGS = {
  "a notification that is dropped": {
    check: "is there once",
    plant: "DELETE FROM notifications WHERE id = $1",
    where: A_NOTIFICATION,
  },
  "a copy that is doubled": {
    check: "is there once",
    plant: `INSERT INTO notifications SELECT (jsonb_populate_record(notifications, '{"id": "${randomUUID()}", "seq": 0}')).*
      FROM notifications WHERE id = $1`,
    where: A_NOTIFICATION,
  },
  "a step after the acknowledgement": {
    check: "escalates rightly",
    plant: `INSERT INTO delivery_events (id, notification_id, user_id, territory_id, status, reason, attempt)
      SELECT nextval('delivery_events_id_seq'), id, user_id, territory_id, 'escalated', 'to_supervisor', 9
      FROM notifications WHERE id = $1`,
    where:
      "SELECT id FROM notifications WHERE escalation IS NOT NULL AND acknowledged_at IS NOT NULL AND user_id IS NOT NULL AND id = send_id ORDER BY id LIMIT 1",
  },
} satisfies { [bug: string]: { check: Breach["check"]; plant: string; where: string } };

/** Bugs of programs: a transition that the nodes call is installed with one, and they bear load with it. */
const PROGRAMS = {
  "steps that go on after an acknowledgement": {
    check: "escalates rightly",
    transition: "act",
    edits: [["SET next_step_at = NULL, stopped_step_at", "SET stopped_step_at"]],
    acts: { kind: "critical", to: 0, answer: { by: "recipient", afterMs: 500 } },
  },
  "a worker that drops what it claimed": {
    check: "goes outside once",
    transition: "claim",
    edits: [
      ["SET status = 'claimed', reason", "SET status = 'delivered', reason"],
      [
        "RETURN jsonb_build_object('claim',",
        "RETURN jsonb_build_object('status', 'delivered', 'nextMs', NULL, 'dropped',",
      ],
    ],
    // To somebody who has a pager.
    acts: { kind: "ordinary", to: 4 },
  },
} satisfies {
  [bug: string]: {
    check: Breach["check"];
    transition: string;
    edits: [string, string][];
    acts: Partial<Act>;
  };
};
type BuggyProgram = keyof typeof PROGRAMS;
/** How long nodes bear load with such a bug; ms. */
const WITH_BUG = 4_000;

/** Installs a transition with a bug; answers what puts it right again. */
async function install(client: pg.Client, bug: BuggyProgram): Promise<() => Promise<unknown>> {
  const { transition, edits } = PROGRAMS[bug];
  const { rows } = await client.query<{ text: string }>(
    "SELECT pg_get_functiondef(oid) AS text FROM pg_proc WHERE proname ~ ('^' || $1 || '_[0-9a-f]{10}$')",
    [transition],
  );
  const { text } = must(rows[0], transition);
  const edited = edits.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`${transition} does not say "${from}"`);
    return before.replace(from, to);
  }, text);
  await client.query(edited);
  return () => client.query(text);
}

type Bug = keyof typeof BUGS;
const NAMES = Object.keys(BUGS) as Bug[];

describe("two nodes whose parts fail", () => {
  let ledger: Ledger;
  let told: string[];
  const found = new Map<Bug | BuggyProgram, { before: Breach[]; after: Breach[]; id?: string }>();

  beforeAll(async () => {
    const says: string[] = [];
    ({ ledger } = await run(
      { seed: SEED, forMs: FOR, say: (line) => says.push(line) },
      async (site, result, bear) => {
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
        let before = result.breaches;
        for (const bug of Object.keys(PROGRAMS) as BuggyProgram[]) {
          const putRight = await install(client, bug);
          const after = await bear(WITH_BUG, PROGRAMS[bug].acts);
          await putRight();
          found.set(bug, { before, after });
          before = after;
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

  it.each(Object.keys(PROGRAMS) as BuggyProgram[])("would be found out in %s", (bug) => {
    const { before, after } = must(found.get(bug), bug);
    const of = (breaches: Breach[]) => breaches.filter(({ check }) => check === PROGRAMS[bug].check).length;
    expect(of(after)).toBeGreaterThan(of(before));
  });

  it.each(NAMES)("would be found out in %s", (bug) => {
    const { before, after, id } = must(found.get(bug), bug);
    expect(after.length).toBeGreaterThan(before.length);
    const { check } = BUGS[bug];
    const about = after.filter((breach) => breach.check === check);
    expect(about.length).toBeGreaterThan(before.filter((breach) => breach.check === check).length);
    if (id !== undefined && bug !== "a copy that is doubled")
      expect(about.map((breach) => breach.id)).toContain(id);
  });
});
