import type { Knex } from "knex";
import type { MasterKey } from "../../config/master-keys.ts";
import { record } from "../audit/record.ts";
import { actAs } from "../db/knex.ts";
import { calendarAddressFor, createVault, exampleFor, sealedFor, webhookSecretFor } from "./vault.ts";
import { boundTo } from "../people/second-factor.ts";

/** A table whose rows each hold a wrapped key. */
interface Table {
  name:
    "secrets" | "second_factors" | "sends" | "redaction_examples" | "webhook_secrets" | "schedule_calendars";
  id: string;
  idType: "text" | "uuid";
  wrapped: string;
  /** The row that the wrapped key is bound to. */
  aad(row: Wrapped): string;
  /** Whether new rows come all the time, with their time in `created_at`. */
  grows: boolean;
}

interface Wrapped {
  id: string;
  key_id: string;
  wrapped: Buffer;
  territory_id: string;
  created_at: Date;
}

/** Every table that keeps something under a master key. */
export const TABLES: readonly Table[] = [
  { name: "secrets", id: "name", idType: "text", wrapped: "wrapped", aad: ({ id }) => id, grows: false },
  {
    name: "second_factors",
    id: "user_id",
    idType: "text",
    wrapped: "wrapped_key",
    aad: ({ id }) => boundTo(id),
    grows: false,
  },
  { name: "sends", id: "id", idType: "uuid", wrapped: "wrapped_key", aad: sealedFor, grows: true },
  {
    name: "redaction_examples",
    id: "id",
    idType: "uuid",
    wrapped: "wrapped_key",
    aad: exampleFor,
    grows: true,
  },
  {
    name: "webhook_secrets",
    id: "id",
    idType: "uuid",
    wrapped: "wrapped_key",
    aad: webhookSecretFor,
    grows: false,
  },
  {
    name: "schedule_calendars",
    id: "id",
    idType: "uuid",
    wrapped: "wrapped_key",
    aad: calendarAddressFor,
    grows: false,
  },
];

/** How many rows of a table are under a master key. */
export interface Count {
  table: Table["name"];
  key_id: string;
  count: number;
}

export interface Rotation {
  rewrapped: number;
  /** Rows that the named master key does not open: the row was altered, or another key bears that name. */
  unopened: { table: Table["name"]; key_id: string; id: string }[];
  /** Older master keys that nodes still sealed new sends with while this ran. */
  stillSealing: string[];
  /** How many rows are under which key in the end. */
  counts: Count[];
}

export interface RotationOptions {
  /** Rows wrapped anew in one transaction. */
  batch: number;
  onProgress: (table: Table["name"], rewrapped: number) => void;
}

/** The actor `rotation` sees no row: its migration has not run, or this is no database of Tocsin's. */
export class NothingVisibleError extends Error {}

/** A row that a node's transaction has locked is passed over. It is tried again this often, after a pause in ms. */
const RETRIES = 20;
const PAUSE = 250;

/**
 * Wraps every data key anew that is not under the first of `masterKeys`, in batches, each on record. The sealed
 * text stays as it is. Safe beside running nodes and beside another rotation. When it was cut off, it can be run again.
 * @throws NothingVisibleError
 */
export async function rotate(
  knex: Knex,
  masterKeys: [MasterKey, ...MasterKey[]],
  options: RotationOptions,
): Promise<Rotation> {
  const began = await actAs(knex, "rotation", async (trx) => {
    if ((await trx("secrets").first("name")) === undefined) throw new NothingVisibleError();
    const { rows } = await trx.raw("SELECT now()");
    const now: Date = rows[0].now;
    return now;
  });
  const result: Rotation = { rewrapped: 0, unopened: [], stillSealing: [], counts: [] };
  const late = new Set<string>();
  for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
    result.unopened = [];
    for (const table of TABLES) {
      const pass = await rewrapAll(knex, masterKeys, table, began, options, result.rewrapped);
      result.rewrapped += pass.rewrapped;
      result.unopened.push(...pass.unopened);
      for (const key of pass.late) late.add(key);
    }
    result.counts = await countKeys(knex);
    if (late.size > 0 || leftToDo(result, masterKeys) === 0) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  result.stillSealing = [...late];
  return result;
}

/** How many rows could be wrapped anew but were locked by others. */
function leftToDo({ counts, unopened }: Rotation, [, ...others]: MasterKey[]): number {
  const known = new Set(others.map(({ id }) => id));
  const left = counts.filter(({ key_id }) => known.has(key_id)).reduce((sum, { count }) => sum + count, 0);
  return left - unopened.length;
}

/** How many rows are under which master key. */
export async function countKeys(knex: Knex): Promise<Count[]> {
  return await actAs(knex, "rotation", async (trx) => {
    await trx.raw("SET LOCAL statement_timeout = 0");
    const counts: Count[] = [];
    for (const { name } of TABLES) {
      const rows: { key_id: string; count: string | number }[] = await trx(name)
        .whereNotNull("key_id")
        .groupBy("key_id")
        .orderBy("key_id")
        .select("key_id")
        .count("* as count");
      counts.push(...rows.map(({ key_id, count }) => ({ table: name, key_id, count: Number(count) })));
    }
    return counts;
  });
}

interface Pass {
  rewrapped: number;
  unopened: Rotation["unopened"];
  late: Set<string>;
}

async function rewrapAll(
  knex: Knex,
  masterKeys: [MasterKey, ...MasterKey[]],
  table: Table,
  began: Date,
  { batch, onProgress }: RotationOptions,
  before: number,
): Promise<Pass> {
  const pass: Pass = { rewrapped: 0, unopened: [], late: new Set() };
  let after: string | null = null;
  do {
    const rows = await rewrapBatch(knex, masterKeys, table, after, batch, pass);
    for (const { created_at, key_id } of table.grows ? rows : [])
      if (created_at > began) pass.late.add(key_id);
    if (rows.length > 0) onProgress(table.name, before + pass.rewrapped);
    after = rows.length < batch ? null : (rows.at(-1)?.id ?? null);
  } while (after !== null);
  return pass;
}

/** Wraps the next rows anew, in the order of their ids, in one transaction; answers every row that it looked at. */
async function rewrapBatch(
  knex: Knex,
  masterKeys: [MasterKey, ...MasterKey[]],
  { name, id, idType, wrapped, aad, grows }: Table,
  after: string | null,
  limit: number,
  pass: Pass,
): Promise<Wrapped[]> {
  const [first, ...others] = masterKeys;
  const vault = createVault(masterKeys);
  return await actAs(knex, "rotation", async (trx) => {
    await trx.raw("SET LOCAL statement_timeout = 0");
    const next = trx(name)
      .select({ id, key_id: "key_id", wrapped }, ...(grows ? ["territory_id", "created_at"] : []))
      .whereIn(
        "key_id",
        others.map((key) => key.id),
      )
      .orderBy(id)
      .limit(limit)
      .forNoKeyUpdate()
      .skipLocked();
    if (after !== null) void next.where(id, ">", after);
    const rows: Wrapped[] = await next;
    const anew: { id: string; wrapped: Buffer }[] = [];
    for (const row of rows) {
      try {
        const dataKey = vault.unwrap(row.key_id, row.wrapped, aad(row));
        anew.push({ id: row.id, wrapped: vault.wrap(dataKey, aad(row)).wrapped });
        dataKey.fill(0);
      } catch {
        pass.unopened.push({ table: name, key_id: row.key_id, id: row.id });
      }
    }
    if (anew.length === 0) return rows;
    await trx.raw(
      `UPDATE ${name} SET key_id = ?, ${wrapped} = anew.wrapped
       FROM unnest(?::${idType}[], ?::bytea[]) AS anew (row_id, wrapped) WHERE ${id} = anew.row_id`,
      [first.id, anew.map((row) => row.id), anew.map((row) => row.wrapped)],
    );
    await record(trx, "rotation", {
      action: "keys.rewrap",
      outcome: "ok",
      objectId: name,
      payload: { key_id: first.id, count: anew.length },
    });
    pass.rewrapped += anew.length;
    return rows;
  });
}
