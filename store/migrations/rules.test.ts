import { readdirSync, readFileSync } from "node:fs";
import { type AlterTableCmd, loadModule, type Node, parseSync } from "libpg-query";
import { beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { nameOf } from "../db/transitions.ts";
import { migrationSource, readMigration } from "./index.ts";

/** A statement after this in a comment says why nodes of the version before can live with it. */
const MARKER = /^-- Older nodes: \S/m;

/** Migrations from before that rule, with what an older node notices of each: it was looked at, and harms none. */
const KNOWN: Record<string, string[]> = {
  // A node without rounds writes one delivery a channel, which the wider key holds as well.
  "0004_channels": [
    "AT_DropConstraint of deliveries",
    "AT_AddConstraint of deliveries",
    ...Array<string>(3).fill("OBJECT_POLICY is dropped"),
  ],
  // It holds for every row that a node without retention writes.
  "0006_keys": ["AT_AddConstraint of sends"],
  "0007_lanes": ["OBJECT_POLICY is dropped"],
  // An older node that writes an email in capitals is refused.
  "0013_emails": ["OBJECT_INDEX is dropped", "a unique index of users", "AT_AddConstraint of users"],
  // An older node looks for what to start by the lanes' indexes.
  "0017_lanes_in_order": ["OBJECT_INDEX is dropped"],
  // It holds for what an older node writes, and bounds nothing that it reads.
  "0057_redacted_reasons": ["AT_DropConstraint of emergency_accesses"],
};

/** From this migration on, an index of a table that grows is built beside the table's writers. */
const CONCURRENT_FROM = "0019";
/** Tables that grow with the number of notifications. */
const LARGE = new Set([
  "sends",
  "notifications",
  "deliveries",
  "delivery_events",
  "audit_events",
  "sessions",
]);

interface File {
  file: string;
  sql: string;
}

describe("migrations", () => {
  beforeAll(() => loadModule());

  it("are all that lie here, file by file", async () => {
    const listed = (await migrationSource.getMigrations([])).flatMap((name) =>
      readMigration(name).map(({ file }) => `${name}/${file}.sql`),
    );
    const found = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
    expect(found.filter((path) => path.endsWith(".sql")).sort()).toEqual(listed.sort());
  });

  it("are followed by the transitions as catalogue.txt has them: installed.test.ts -u writes it anew", () => {
    const catalogue = readFileSync(new URL("catalogue.txt", import.meta.url), "utf8");
    const transitions = readdirSync(new URL("../transitions/", import.meta.url))
      .filter((file) => file.endsWith(".sql"))
      .map((file) => nameOf(file.slice(0, -".sql".length)).replace("public.", "function "));
    expect(transitions.filter((name) => !catalogue.includes(` ${name}(`))).toEqual([]);
  });

  it("only add, or say why older nodes can live with what they take", async () => {
    const names = (await migrationSource.getMigrations([])).filter((name) => {
      const found = subtractionsOf(readMigration(name)).sort();
      return JSON.stringify(found) !== JSON.stringify((KNOWN[name] ?? []).sort());
    });
    expect(names.map((name) => [name, subtractionsOf(readMigration(name))])).toEqual([]);
  });

  it("build the indexes of tables that grow beside those who write", async () => {
    const names = (await migrationSource.getMigrations([])).filter((name) => name >= CONCURRENT_FROM);
    expect(
      names.flatMap((name) => heldUpBy(readMigration(name)).map((fault) => `${name}: ${fault}`)),
    ).toEqual([]);
  });

  it.each([
    ["DROP TABLE wards", "OBJECT_TABLE is dropped"],
    ["DROP FUNCTION reach(text)", "OBJECT_FUNCTION is dropped"],
    ["ALTER TABLE wards RENAME TO units", "OBJECT_TABLE is renamed"],
    ["ALTER TABLE wards RENAME COLUMN a TO b", "OBJECT_COLUMN is renamed"],
    ["ALTER TABLE wards ADD b text, DROP COLUMN a", "AT_DropColumn of wards"],
    ["ALTER TABLE wards ALTER COLUMN a TYPE text", "AT_AlterColumnType of wards"],
    ["ALTER TABLE wards ALTER COLUMN a SET NOT NULL", "AT_SetNotNull of wards"],
    ["ALTER TABLE wards ADD CHECK (a > 1)", "AT_AddConstraint of wards"],
    ["ALTER TABLE wards ADD COLUMN a text NOT NULL", "AT_AddColumn of wards"],
    ["CREATE UNIQUE INDEX one ON wards (a)", "a unique index of wards"],
    ["TRUNCATE wards", "rows are taken"],
    ["DELETE FROM wards", "rows are taken"],
  ])("may not hold %j", (sql, fault) => {
    expect(subtractionsOf([{ file: "1", sql: `SELECT 1; ${sql};` }])).toEqual([fault]);
    expect(
      subtractionsOf([{ file: "1", sql: `SELECT 1;\n-- Older nodes: none asks for it.\n${sql};` }]),
    ).toEqual([]);
    expect(subtractionsOf([{ file: "1", sql: `-- Older nodes: not about it.\nSELECT 1;\n${sql};` }])).toEqual(
      [fault],
    );
  });

  it.each([
    "CREATE TABLE units (a text NOT NULL); CREATE UNIQUE INDEX one ON units (a); ALTER TABLE units ALTER a TYPE text",
    "ALTER TABLE wards ADD COLUMN a text NOT NULL DEFAULT ''",
    "ALTER TABLE wards ALTER COLUMN a DROP NOT NULL",
    "DROP INDEX CONCURRENTLY IF EXISTS sends_new",
  ])("may hold %j", (sql) => {
    const files = [
      { file: "1", sql },
      { file: "2", sql: "CREATE INDEX CONCURRENTLY sends_new ON sends (id)" },
    ];
    expect(subtractionsOf(files)).toEqual([]);
  });

  it.each([
    [["CREATE INDEX new ON sends (id)"], ["new holds up who writes to sends"]],
    [["CREATE INDEX CONCURRENTLY new ON sends (id)"], ["1: an unfinished new is in the way of a second try"]],
    [
      ["DROP INDEX CONCURRENTLY IF EXISTS new; CREATE INDEX CONCURRENTLY new ON sends (id)"],
      ["1: one statement a file, since no transaction may hold it"],
    ],
    [["DROP INDEX CONCURRENTLY IF EXISTS new", "CREATE INDEX CONCURRENTLY new ON sends (id)"], []],
    [["CREATE INDEX new ON troubles (id)"], []],
    [["CREATE TABLE sends (id text); CREATE INDEX new ON sends (id)"], []],
  ])("are told what is wrong with %j", (texts, faults) => {
    expect(heldUpBy(texts.map((sql, index) => ({ file: String(index + 1), sql })))).toEqual(faults);
  });
});

interface Statement {
  node: Node;
  file: string;
  /** With the comment before it. */
  text: string;
}

function statementsOf(files: File[]): Statement[] {
  return files.flatMap(({ file, sql }) => {
    const bytes = Buffer.from(sql);
    let from = 0;
    return (parseSync(sql).stmts ?? []).map(({ stmt, stmt_location = 0, stmt_len = bytes.length }) => {
      const text = bytes.subarray(from, stmt_location + stmt_len).toString();
      from = stmt_location + stmt_len;
      return { file, node: must(stmt, "statement"), text };
    });
  });
}

/** The tables and indexes that a migration makes itself: no older node knows them. */
function madeBy(statements: Statement[]): Set<string | undefined> {
  return new Set(
    statements.map(({ node }) =>
      "CreateStmt" in node
        ? node.CreateStmt.relation?.relname
        : "IndexStmt" in node
          ? node.IndexStmt.idxname
          : undefined,
    ),
  );
}

/** What a migration takes from nodes of the version before, or asks of them, where it does not say why they can live with that. */
function subtractionsOf(files: File[]): string[] {
  const statements = statementsOf(files);
  const made = madeBy(statements);
  return statements.filter(({ text }) => !MARKER.test(text)).flatMap(({ node }) => subtractions(node, made));
}

function subtractions(node: Node, made: Set<string | undefined>): string[] {
  if ("RenameStmt" in node) return [`${node.RenameStmt.renameType} is renamed`];
  if ("TruncateStmt" in node || "DeleteStmt" in node) return ["rows are taken"];
  if ("DropStmt" in node) {
    // An index is dropped before it is built anew.
    if (node.DropStmt.concurrent === true) return [];
    return [`${node.DropStmt.removeType} is dropped`];
  }
  if ("IndexStmt" in node) {
    const { unique, relation } = node.IndexStmt;
    return unique === true && !made.has(relation?.relname) ? [`a unique index of ${relation?.relname}`] : [];
  }
  if (!("AlterTableStmt" in node)) return [];
  const { relation, cmds = [] } = node.AlterTableStmt;
  if (made.has(relation?.relname)) return [];
  return cmds
    .flatMap((cmd) => ("AlterTableCmd" in cmd ? [cmd.AlterTableCmd] : []))
    .filter(takes)
    .map(({ subtype }) => `${subtype} of ${relation?.relname}`);
}

function takes({ subtype = "AT_AddColumn", def }: AlterTableCmd): boolean {
  if (subtype !== "AT_AddColumn") return /Drop(?!NotNull)|Type|SetNotNull|AddConstraint/.test(subtype);
  const constraints = def !== undefined && "ColumnDef" in def ? (def.ColumnDef.constraints ?? []) : [];
  const kinds = constraints.map((one) => ("Constraint" in one ? one.Constraint.contype : undefined));
  return kinds.includes("CONSTR_NOTNULL") && !kinds.includes("CONSTR_DEFAULT");
}

/** What of a migration would hold up nodes that write, or could not be done twice. */
function heldUpBy(files: File[]): string[] {
  const statements = statementsOf(files);
  const made = madeBy(statements);
  const dropped = statements.map(({ text }) => /DROP INDEX CONCURRENTLY IF EXISTS (\w+)/.exec(text)?.[1]);
  return statements.flatMap(({ node, file }, place) => {
    if (!("IndexStmt" in node)) return [];
    const { concurrent, idxname = "", relation } = node.IndexStmt;
    const table = relation?.relname ?? "";
    if (concurrent !== true)
      return LARGE.has(table) && !made.has(table) ? [`${idxname} holds up who writes to ${table}`] : [];
    return [
      ...(dropped[place - 1] === idxname
        ? []
        : [`${file}: an unfinished ${idxname} is in the way of a second try`]),
      ...(statements.filter((other) => other.file === file).length === 1
        ? []
        : [`${file}: one statement a file, since no transaction may hold it`]),
    ];
  });
}
