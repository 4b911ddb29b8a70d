import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LOCKS } from "../store/db/locks.ts";
import { type AuditBed, createAuditBed } from "../testing/audit-bed.ts";
import { runTool } from "../testing/tool.ts";

let bed: AuditBed;
let to: string;
beforeEach(async () => {
  bed = await createAuditBed();
  to = join(bed.home, "archives");
  await bed.act(3);
  await bed.sealAll();
});
afterEach(() => bed.close());

const archive = (...flags: string[]) => runTool("archive", flags, bed.env);

/** Lets the record's first month have ended so many months ago, its events too. */
async function age(months: number): Promise<void> {
  await bed.tamper(
    `UPDATE audit_events SET at = at - make_interval(months => ${months}); UPDATE audit_events SET leaf = audit_leaf(audit_events)`,
  );
  await bed.owner.query(
    `ALTER TABLE audit_events DETACH PARTITION audit_events_before;
     ALTER TABLE audit_events ATTACH PARTITION audit_events_before FOR VALUES FROM (MINVALUE) TO ('${new Date(Date.now() - (months - 1) * 2_678_400_000).toISOString()}')`,
  );
}

it("archives what is older than it keeps, and nothing else; a month that is not as it was sealed stays", async () => {
  expect(await archive(`--to=${to}`)).toMatchObject({ status: 0, output: "" });
  await age(20);
  expect(await archive(`--to=${to}`)).toMatchObject({ status: 0, output: "" });
  expect(existsSync(to)).toBe(false);
  const { status, output } = await archive(`--to=${to}`, "--keep=13");
  expect(output).toMatch(
    /^archive: audit_events_before stays: Checkpoint 1, which covers audit_events_before, is not what was sealed/,
  );
  expect(status).toBe(1);
});

it("archives a month, and says how much", async () => {
  await age(20);
  // Sealed as they are now.
  await bed.tamper("TRUNCATE audit_checkpoints");
  await bed.sealAll();
  const { status, output } = await archive(`--to=${to}`, "--keep=13");
  expect(output).toMatch(/^archive: audit_events_before: 3 rows, until \S+Z\n$/);
  expect(status).toBe(0);
  expect(await archive(`--to=${to}`, "--keep=13")).toMatchObject({ status: 0, output: "" });
});

it("says how it is used, keeps a year and a month at least, and runs once at a time", async () => {
  for (const flags of [[], [`--to=${to}`, "--keep=12"], [`--to=${to}`, "--keep=x"], ["--all"]])
    expect(await archive(...flags)).toMatchObject({
      status: 2,
      output: expect.stringContaining("npm run archive -- --to=FOLDER"),
    });
  expect(await archive("--help")).toMatchObject({ status: 0 });
  await bed.owner.query("SELECT pg_advisory_lock($1)", [LOCKS.archive]);
  expect(await archive(`--to=${to}`)).toMatchObject({
    status: 2,
    output: "archive: Another npm run archive is under way.\n",
  });
});
