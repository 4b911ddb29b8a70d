import { generateKeyPairSync } from "node:crypto";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { type Checkpoint, insertCheckpoint, rawPublicKey, signCheckpoint } from "./checkpoint.ts";
import { actAs } from "../db/knex.ts";
import { AnchorMismatchError, sealRound } from "./sealing.ts";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { type Verification, verifyRecord } from "./verify.ts";

const log = createLog("silent");
let bed: AuditBed;
/** The ids of three sealed batches of four events each. */
let batches: number[][];
let sealed: Checkpoint[];

beforeEach(async () => {
  bed = await createAuditBed();
  batches = [];
  sealed = [];
  for (let round = 0; round < 3; round += 1) {
    batches.push(await bed.act(4));
    sealed.push(...(await bed.sealAll()));
    await sealAndAnchor();
  }
});
afterEach(() => bed.close());

const verify = (trusted = [rawPublicKey(bed.key)]): Promise<Verification> =>
  verifyRecord(bed.knex, { trusted, anchor: bed.config.audit.anchor });
const sealAndAnchor = (): Promise<void> =>
  sealRound({ knex: bed.knex, config: bed.config.audit, log }, bed.key);
const findings = async (): Promise<string[]> =>
  (await verify()).findings.map(({ checkpoint, what }) => `${checkpoint ?? "-"}: ${what}`);
const idOf = (batch: number, index: number): number => must(batches[batch]?.[index], "such event");

/** Computes the leaf as the trigger does. An attacker who read the source would do the same. */
const RESTAMP = "UPDATE audit_events SET leaf = audit_leaf(audit_events) WHERE id = $1";

describe("verifyRecord", () => {
  it("finds nothing wrong with a record that nobody touched, and counts what is not sealed yet", async () => {
    await bed.act(2);
    expect(await verify()).toMatchObject({
      findings: [],
      checkpoints: 3,
      sealed: 12,
      unsealed: 2,
      anchoredUpTo: 3,
      unreadableLines: 0,
      last: { id: 3 },
    });
  });

  it("finds an edit, and names the event", async () => {
    const id = idOf(1, 2);
    await bed.tamper("UPDATE audit_events SET actor = 'relay:other' WHERE id = $1", id);
    expect(await findings()).toEqual([
      expect.stringContaining(`2: event ${id} altered`),
      expect.stringMatching(
        `^2: holds events that are not those sealed.*another transaction than it says: event ${id}\\)`,
      ),
    ]);
  });

  it.each([
    ["actor", "'x'"],
    ["action", "'x.y'"],
    ["outcome", "'denied'"],
    ["object_id", "NULL"],
    ["territory_id", "'x'"],
    ["payload", `'{"n": 2.0}'`],
    ["at", "at + interval '1 microsecond'"],
  ])("finds an edit of %s with the leaf recomputed", async (column, value) => {
    const id = idOf(1, 1);
    await bed.tamper(`UPDATE audit_events SET ${column} = ${value} WHERE id = $1`, id);
    await bed.tamper(RESTAMP, id);
    expect(await findings()).toEqual([
      `2: holds events that are not those sealed: altered or exchanged (written by another transaction than it says: event ${id})`,
    ]);
  });

  it("finds two events whose contents were exchanged", async () => {
    const [one, other] = [idOf(0, 0), idOf(0, 1)];
    await bed.tamper(
      `UPDATE audit_events SET payload = jsonb_build_object('n', ${one} + ${other} - id) WHERE id IN (${one}, ${other})`,
    );
    await bed.tamper(RESTAMP, one);
    await bed.tamper(RESTAMP, other);
    expect(await findings()).toEqual([expect.stringMatching("^1: holds events that are not those sealed")]);
  });

  it("finds a deletion, and tells which ids are missing", async () => {
    const id = idOf(1, 1);
    await bed.tamper("DELETE FROM audit_events WHERE id = $1", id);
    expect(await findings()).toEqual([`2: holds 3 of 4 sealed events: 1 deleted (missing ids: ${id})`]);
  });

  it("finds an insert that is dated back", async () => {
    const like = idOf(0, 1);
    await bed.tamper(
      `INSERT INTO audit_events (id, xid, at, actor, action, outcome, leaf)
       SELECT nextval('audit_events_id_seq'), xid, at, 'user:planted', 'test.act', 'ok', '' FROM audit_events WHERE id = $1`,
      like,
    );
    const { rows } = await bed.owner.query("SELECT id FROM audit_events WHERE actor = 'user:planted'");
    await bed.tamper(RESTAMP, rows[0].id);
    expect(await findings()).toEqual([
      `1: holds 5 events where 4 were sealed: 1 added later (written by another transaction than it says: event ${rows[0].id})`,
    ]);
  });

  it.each([
    ["an epoch before the first", 0],
    ["an epoch that has not begun", 2],
  ])("finds an insert into %s", async (_name, epoch) => {
    await bed.tamper(
      "INSERT INTO audit_events (id, epoch, actor, action, outcome, leaf) VALUES (1000, $1, 'x', 'x.y', 'ok', '')",
      epoch,
    );
    await bed.tamper("UPDATE audit_events SET leaf = audit_leaf(audit_events) WHERE epoch = $1", epoch);
    expect(await findings()).toEqual([expect.stringMatching(/no checkpoint covers|has not begun/)]);
  });

  it("finds a cut-off tail by the anchor file", async () => {
    await bed.tamper("DELETE FROM audit_events WHERE xid >= (SELECT lo FROM audit_checkpoints WHERE id = 3)");
    await bed.tamper("DELETE FROM audit_checkpoints WHERE id = 3");
    expect(await findings()).toEqual([expect.stringMatching(/^3: is gone, but the anchor file has it/)]);

    // What is sealed in its place has the number, but not the hash.
    await bed.act(4);
    await bed.sealAll();
    expect(await findings()).toEqual([expect.stringMatching(/^3: is not the one that the anchor file has/)]);
    await expect(sealAndAnchor()).rejects.toThrow(AnchorMismatchError);
  });

  it("finds an emptied record by the anchor file", async () => {
    await bed.tamper("DELETE FROM audit_events");
    await bed.tamper("DELETE FROM audit_checkpoints");
    expect(await findings()).toEqual([expect.stringMatching(/^1: is gone/)]);
  });

  it("finds events gone with their checkpoint from the middle", async () => {
    await bed.tamper("DELETE FROM audit_events WHERE id = ANY ($1)", batches[1]);
    await bed.tamper("DELETE FROM audit_checkpoints WHERE id = 2");
    expect(await findings()).toEqual([
      expect.stringMatching(/^2: is gone/),
      expect.stringMatching(/^3: follows a gap: checkpoint 2 is missing/),
    ]);
  });

  it("finds a checkpoint rewritten to fit an edit: without the key it can't be signed", async () => {
    const id = idOf(2, 0);
    await bed.tamper("DELETE FROM audit_events WHERE id = $1", id);
    await bed.tamper("DELETE FROM audit_checkpoints WHERE id = 3");
    const thief = generateKeyPairSync("ed25519").privateKey;
    await bed.sealAll({}, thief);
    const found = (await verify([must(sealed[0], "checkpoint").publicKey])).findings.map(({ what }) => what);
    expect(found).toEqual([
      expect.stringContaining("is not the one that the anchor file has"),
      expect.stringContaining(
        `signed by a key that is not trusted: ${rawPublicKey(thief).toString("base64")}`,
      ),
    ]);
  });

  it("finds a checkpoint whose numbers were altered", async () => {
    await bed.tamper("DELETE FROM audit_events WHERE id = $1", idOf(1, 3));
    await bed.tamper("UPDATE audit_checkpoints SET count = 3 WHERE id = 2");
    expect(await findings()).toContainEqual(expect.stringMatching(/^2: was altered: its hash or signature/));
  });

  it("finds a chain begun anew with the right key", async () => {
    const [first, second] = sealed;
    if (first === undefined || second === undefined) throw new Error("there are three checkpoints");
    await bed.tamper("DELETE FROM audit_checkpoints WHERE id > 1");
    const { hash: _hash, signature: _signature, publicKey: _publicKey, ...content } = second;
    const forged = signCheckpoint({ ...content, previous: Buffer.alloc(32, 7) }, bed.key);
    // As the owner of the tables can.
    await bed.owner.query("ALTER TABLE audit_checkpoints DISABLE TRIGGER audit_checkpoint_follows");
    await actAs(bed.knex, "sealer", (trx) => insertCheckpoint(trx, forged));
    await bed.owner.query("ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER audit_checkpoint_follows");
    expect(await findings()).toContainEqual("2: does not continue the checkpoint before it");
  });

  it("finds a trigger that is switched off", async () => {
    await bed.owner.query("ALTER TABLE audit_events DISABLE TRIGGER audit_refuse");
    expect(await findings()).toEqual([
      expect.stringMatching(/^-: trigger audit_refuse of the partitions of audit_events: not .*, but D;/),
      expect.stringMatching(
        /^-: trigger audit_refuse on audit_events: not as this version installs it, but off;/,
      ),
    ]);
  });

  it("takes a missing or emptied anchor file for a fault, and one torn line for a crash", async () => {
    const { anchor } = bed.config.audit;
    await appendFile(anchor, '{"checkpoint":4,"ha');
    expect(await verify()).toMatchObject({ findings: [], unreadableLines: 1, anchoredUpTo: 3 });
    await bed.act(1);
    await bed.sealAll();
    await sealAndAnchor();
    expect(await verify()).toMatchObject({ findings: [], unreadableLines: 1, anchoredUpTo: 4 });
    expect((await readFile(anchor, "utf8")).split("\n")).toHaveLength(6);
    await writeFile(anchor, "");
    expect(await findings()).toEqual([expect.stringContaining("is missing or empty")]);
    await rm(anchor);
    expect(await findings()).toEqual([expect.stringContaining("is missing or empty")]);
  });
});
