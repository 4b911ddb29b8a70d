import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { openDatabase } from "../db/knex.ts";
import { readCatalogue } from "./catalogue.ts";
import { findAltered, linesOf } from "./installed.ts";

let bed: AuditBed;
beforeAll(async () => {
  bed = await createAuditBed();
});
afterAll(() => bed.close());

const findings = async (): Promise<string[]> => (await findAltered(bed.knex)).map(({ what }) => what);
const login = (): string => new URL(String(bed.knex.client.config.connection.connectionString)).username;

describe("the objects of the database", () => {
  it("are those that the program expects: vitest -u writes them anew after a migration", async () => {
    const lines = linesOf(await readCatalogue(bed.knex));
    await expect(lines).toMatchFileSnapshot("../migrations/catalogue.txt");
  });

  it("are found unaltered by the program's login and by the owner, bound by row-level security", async () => {
    expect(await findings()).toEqual([]);
    const owner = openDatabase(bed.config.database.url, { max: 1 });
    expect(await bed.whileBound(() => findAltered(owner))).toEqual([]);
    await owner.destroy();
  });

  it.each([
    [
      "a function that says another thing",
      "CREATE OR REPLACE FUNCTION has_role(wanted text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$ BEGIN RETURN true; END $$",
      /^function has_role\(text\): not as this version installs it, but boolean; plpgsql.*RETURN true/,
    ],
    [
      "a function with another path",
      "ALTER FUNCTION audit_stamp() RESET search_path",
      /^function audit_stamp\(\): not as/,
    ],
    [
      "a function beside one of the same name",
      "CREATE FUNCTION has_role(wanted varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
      /^function has_role\(character varying\): not installed/,
    ],
    [
      "a trigger that is off",
      "ALTER TABLE audit_events DISABLE TRIGGER audit_refuse",
      /^trigger audit_refuse on audit_events: not as this version installs it, but off;/,
    ],
    [
      "a trigger that is on for ordinary clients alone",
      "ALTER TABLE audit_checkpoints ENABLE TRIGGER audit_refuse_truncate",
      /^trigger audit_refuse_truncate on audit_checkpoints: not as this version installs it, but on;/,
    ],
    [
      "a trigger that is gone",
      "DROP TRIGGER announce ON sessions",
      /^trigger announce on sessions: missing$/,
    ],
    [
      "a trigger more",
      "CREATE TRIGGER zz AFTER INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
      /^trigger zz on audit_events: not installed by this version: on; CREATE TRIGGER zz/,
    ],
    [
      "a rule",
      "CREATE RULE swallow AS ON INSERT TO audit_events DO INSTEAD NOTHING",
      /^rule swallow on audit_events: not installed/,
    ],
    [
      "a policy that lets more through",
      "ALTER POLICY record ON audit_events WITH CHECK (true)",
      /^policy record on audit_events: not as this version installs it, but .*check true/,
    ],
    [
      "a policy more",
      "CREATE POLICY everything ON sends USING (true)",
      /^policy everything on sends: not installed/,
    ],
    [
      "row security that the owner passes",
      "ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY",
      /^table audit_events: not as/,
    ],
    [
      "a check that runs somebody's code",
      "ALTER TABLE audit_events ADD CHECK (length(actor) > 0)",
      /^table audit_events: not as/,
    ],
    ["a default", "ALTER TABLE audit_events ALTER outcome SET DEFAULT 'ok'", /^table audit_events: not as/],
    [
      "code in the default of an event's epoch",
      "CREATE FUNCTION next_epoch() RETURNS integer LANGUAGE sql AS 'SELECT 0'; ALTER TABLE audit_events ALTER epoch SET DEFAULT next_epoch()",
      /^table audit_events: not as/,
    ],
    [
      "a schema more, whose code an act may run",
      "CREATE SCHEMA evil",
      /^schema evil: not installed by this version: of /,
    ],
    ["an unlogged table", "ALTER TABLE audit_checkpoints SET UNLOGGED", /^table audit_checkpoints: not as/],
    [
      "a table that inherits",
      "CREATE TABLE more () INHERITS (audit_checkpoints)",
      /^table audit_checkpoints: not as/,
    ],
    ["a view", "CREATE VIEW seen AS SELECT * FROM sends", /^view seen: not installed/],
    [
      "a right of the program's login",
      "GRANT DELETE ON audit_checkpoints TO LOGIN_NAME",
      /^rights on audit_checkpoints: not as this version installs it, but DELETE, INSERT, SELECT$/,
    ],
    [
      "a right on a column",
      "GRANT UPDATE (payload) ON audit_events TO LOGIN_NAME",
      /^rights on audit_events: .*UPDATE payload$/,
    ],
    ["a right of everybody", "GRANT SELECT ON sends TO PUBLIC", /^rights on sends: .*everybody: SELECT$/],
    [
      "a right that was taken",
      "REVOKE INSERT ON users FROM LOGIN_NAME",
      /^rights on users: .* but SELECT, UPDATE$/,
    ],
    [
      "rights on tables to come",
      "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
      /^default rights of \w+: not installed/,
    ],
    [
      "a partition's trigger that is off",
      "ALTER TABLE audit_events_before DISABLE TRIGGER audit_stamp",
      /^trigger audit_stamp of the partitions of audit_events: not .*, but on audit_events_before: D;/,
    ],
    [
      "a partition's trigger that is gone",
      "DROP TRIGGER audit_refuse_truncate ON audit_events_default",
      /^trigger audit_refuse_truncate of the partitions of audit_events: not .*, but missing on audit_events_default;/,
    ],
    [
      "a trigger of every partition that is off",
      "ALTER TABLE audit_events DISABLE TRIGGER audit_stamp",
      /^trigger audit_stamp of the partitions of audit_events: not .*, but D;/,
    ],
    [
      "a partition without row security",
      "ALTER TABLE delivery_events_before DISABLE ROW LEVEL SECURITY",
      /^table of the partitions of delivery_events: not .*, but on delivery_events_before: r; p; \w+ /,
    ],
    [
      "a policy that opens a partition",
      "CREATE POLICY open ON audit_events_default USING (true)",
      /^policy open of the partitions of audit_events: not installed by this version: missing on .*audit_events_before/,
    ],
    [
      "a right on a partition",
      "GRANT SELECT ON delivery_events_default TO LOGIN_NAME",
      /^rights of the partitions of delivery_events: not .*, but on delivery_events_default: a login: SELECT; none$/,
    ],
    [
      "a right on a partition's column",
      "GRANT UPDATE (payload) ON audit_events_default TO LOGIN_NAME",
      /^rights of the partitions of audit_events: not .*, but on audit_events_default: a login: UPDATE; none$/,
    ],
    [
      "a rule of a partition",
      "CREATE RULE swallow AS ON INSERT TO audit_events_before DO INSTEAD NOTHING",
      /^rule swallow of the partitions of audit_events: not installed/,
    ],
    [
      "code in the default of a partition's epoch",
      "CREATE FUNCTION part_epoch() RETURNS integer LANGUAGE sql AS 'SELECT 0'; ALTER TABLE audit_events_before ALTER epoch SET DEFAULT part_epoch()",
      /^table of the partitions of audit_events: not .*, but on audit_events_before: /,
    ],
    [
      "no partition for all other rows",
      "ALTER TABLE delivery_events DETACH PARTITION delivery_events_default",
      /^partitions of delivery_events: not as this version installs it, but RANGE \(at\)$/,
    ],
    [
      "a partition that left",
      "ALTER TABLE audit_events DETACH PARTITION audit_events_default",
      /^table audit_events_default: not installed/,
    ],
    [
      "temporary objects",
      "GRANT TEMPORARY ON DATABASE DATABASE_NAME TO PUBLIC",
      /^right to make objects in the database: not .*, but everybody: TEMPORARY$/,
    ],
  ])("are found to hold %s", async (_what, change, expected) => {
    const name = new URL(bed.config.database.url).username;
    await bed.owner.query(change.replace("LOGIN_NAME", login()).replace("DATABASE_NAME", name));
    expect(await findings()).toContainEqual(expect.stringMatching(expected));
  });
});
