import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../config/log.ts";
import { rawPublicKey } from "../store/audit/checkpoint.ts";
import { archivePartition } from "../store/archive/archive.ts";
import { partitionsBefore } from "../store/archive/partitions.ts";
import { sealRound } from "../store/audit/sealing.ts";
import { openDatabase } from "../store/db/knex.ts";
import { type AuditBed, createAuditBed } from "../testing/audit-bed.ts";
import { endPartition } from "../testing/partitions.ts";
import { runTool } from "../testing/tool.ts";

let bed: AuditBed;
let env: Record<string, string>;

beforeEach(async () => {
  bed = await createAuditBed();
  env = {
    DATABASE_URL: bed.config.database.url,
    TOCSIN_HOME: bed.home,
    TOCSIN_AUDIT_TRUSTED_KEYS: rawPublicKey(bed.key).toString("base64"),
  };
  for (let round = 0; round < 2; round += 1) {
    await bed.act(2);
    await bed.sealAll();
  }
  await sealRound({ knex: bed.knex, config: bed.config.audit, log: createLog("silent") }, bed.key);
});
afterEach(() => bed.close());

const verify = (more: Record<string, string> = {}, ...flags: string[]) =>
  runTool("audit-verify", flags, { ...env, ...more });

describe("npm run audit:verify", () => {
  it("exits 0 and says how far it could see", async () => {
    await bed.act(3);
    const { status, output } = await bed.whileBound(() => verify());
    expect(output).toMatch(
      /audit:verify: as sealed: 4 events in 2 checkpoints, the last of \S+; the anchor file agrees up to checkpoint 2; 3 events not sealed yet\n$/,
    );
    expect(status).toBe(0);
  });

  it("reads through the program's own login too", async () => {
    const runtime = String(bed.knex.client.config.connection.connectionString);
    expect(await verify({ DATABASE_URL: runtime })).toMatchObject({
      status: 0,
      output: expect.stringContaining("4 events"),
    });
  });

  it("exits 1 and names the first bad checkpoint", async () => {
    await bed.tamper("UPDATE audit_events SET object_id = 'other'");
    await bed.tamper("UPDATE audit_events SET leaf = audit_leaf(audit_events)");
    const { status, output } = await verify();
    expect(output).toContain("checkpoint 2 holds events that are not those sealed");
    expect(output).toMatch(/\naudit:verify: NOT AS SEALED: checkpoint 1 is the first bad one\n$/);
    expect(status).toBe(1);
  });

  it("sees a cut-off end by the anchor file alone", async () => {
    await bed.tamper("DELETE FROM audit_events WHERE xid >= (SELECT lo FROM audit_checkpoints WHERE id = 2)");
    await bed.tamper("DELETE FROM audit_checkpoints WHERE id = 2");
    expect(await verify()).toMatchObject({
      status: 1,
      output: expect.stringContaining("checkpoint 2 is gone"),
    });
    const without = await verify({}, "--no-anchor");
    expect(without).toMatchObject({ status: 0, output: expect.stringContaining("the end may be cut off") });
    await writeFile(bed.config.audit.anchor, "");
    expect(await verify()).toMatchObject({ status: 1, output: expect.stringContaining("missing or empty") });
  });

  it("reads archives from the folder that is named, and exits 2 where none is", async () => {
    await endPartition(bed.owner, "audit_events");
    const to = join(bed.home, "archives");
    const owner = openDatabase(bed.config.database.url, { max: 2 });
    for (const partition of await partitionsBefore(owner, "audit_events", new Date()))
      await archivePartition(owner, partition, { to });
    await owner.destroy();
    const unnamed = await verify();
    expect(unnamed).toMatchObject({ status: 2, output: expect.stringContaining("say --archives=FOLDER") });
    const whole = { status: 0, output: expect.stringContaining("as sealed: 4 events in 2 checkpoints") };
    expect(await verify({}, `--archives=${to}`)).toMatchObject(whole);
    expect(await verify({ TOCSIN_ARCHIVES: to })).toMatchObject(whole);
    await rm(join(to, "audit_events_before"), { recursive: true });
    expect(await verify({}, `--archives=${to}`)).toMatchObject({
      status: 1,
      output: expect.stringMatching(/NOT AS SEALED: archive audit_events_before .* is missing/),
    });
  });

  it("exits 2 when it can't verify, and says what to do", async () => {
    expect(await verify({ TOCSIN_AUDIT_TRUSTED_KEYS: "" })).toMatchObject({
      status: 2,
      output: expect.stringContaining("set TOCSIN_AUDIT_KEY"),
    });
    expect(await verify({ DATABASE_URL: "" })).toMatchObject({
      status: 2,
      output: expect.stringContaining("npm start"),
    });
    expect(
      await verify({ DATABASE_URL: `postgres://nobody:${randomBytes(4).toString("hex")}@127.0.0.1:1/none` }),
    ).toMatchObject({
      status: 2,
      output: expect.stringContaining("can't verify"),
    });
    expect(await verify({}, "--what")).toMatchObject({
      status: 2,
      output: expect.stringContaining("--no-anchor"),
    });
  });
});
