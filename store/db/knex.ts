import createKnex, { type Knex } from "knex";
import pg from "pg";
import { must } from "../../config/must.ts";
import { beginSpan, failed, isTraced, type Span, SpanKind } from "../../config/trace.ts";
import { keepPlans } from "./plans.ts";

/** int8 columns are counters (`seq`, event ids) far below 2^53. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Time allowed to get a connection, and for a statement to be answered; ms. A stuck database must not hold a caller. */
const ACQUIRE_TIMEOUT = 1_500;
const STATEMENT_TIMEOUT = 15_000;
/** PostgreSQL ends a statement by then; where it says nothing it is gone, or the way to it is; ms. */
const SILENCE = STATEMENT_TIMEOUT + 3_000;

/** Time allowed to get a connection where no caller waits, as at the start; ms. */
export const PATIENCE = 10_000;

/** Knex would write to the console, past our log. Its errors reach the caller all the same. */
const SILENT: Knex.Logger = { warn() {}, error() {}, deprecate() {}, debug() {} };

export type Transaction = Knex.Transaction;

interface PoolOptions {
  /** How many connections stay open, and how many there are at most. */
  min?: number;
  max?: number;
  /** How long work waits for a connection; ms. */
  patience?: number;
  /**
   * It serves callers: no statement takes longer than `STATEMENT_TIMEOUT`, so a connection that is silent for longer leads
   * nowhere, and is closed. A tool may allow a statement more.
   */
  serves?: boolean;
}

/** A pool of connections to PostgreSQL. */
export function openDatabase(
  url: string,
  { min = 0, max = 10, patience = ACQUIRE_TIMEOUT, serves = false }: PoolOptions = {},
): Knex {
  const knex = createKnex({
    client: "pg",
    connection: {
      connectionString: url,
      application_name: "tocsin",
      connectionTimeoutMillis: patience,
      statement_timeout: STATEMENT_TIMEOUT,
      ...(serves ? { query_timeout: SILENCE } : {}),
      idle_in_transaction_session_timeout: 2 * STATEMENT_TIMEOUT,
      keepAlive: true,
      // The database's owner can set a path for its logins, which could lead to other tables of the same names.
      options: "-c search_path=public,pg_temp",
      pipeline: true,
    } as Knex.PgConnectionConfig,
    pool: { min, max, afterCreate: keepPlans() },
    acquireConnectionTimeout: patience,
    log: SILENT,
  });
  traceQueries(knex);
  return knex;
}

/** What Knex tells of a query, of which a span has the kind alone. */
interface Query {
  __knexQueryUid: string;
  method?: string;
}

/** Queries that are made as part of a trace are spans of it; transitions are by themselves (`transitions.ts`). */
function traceQueries(knex: Knex): void {
  const open = new Map<string, Span>();
  const end = (uid: string, error?: unknown): void => {
    const span = open.get(uid);
    if (span === undefined) return;
    open.delete(uid);
    if (error !== undefined) failed(span, error);
    span.end();
  };
  knex.on("query", ({ __knexQueryUid: uid, method = "raw" }: Query) => {
    if (!isTraced()) return;
    const attributes = { "db.system.name": "postgresql", "db.operation.name": method };
    open.set(uid, beginSpan(method, { kind: SpanKind.CLIENT, attributes }));
  });
  knex.on("query-response", (_: unknown, { __knexQueryUid: uid }: Query) => end(uid));
  knex.on("query-error", (error: unknown, { __knexQueryUid: uid }: Query) => end(uid, error));
}

/** Who acts, as row-level security and the audit record know it. */
export type Actor =
  | `user:${string}`
  | `service:${string}`
  | `worker:${string}`
  | `callback:${string}`
  | `invitation:${string}`
  | `password:${string}`
  | `emergency:${string}`
  | `schedule:${string}`
  | `feed:${string}`
  | `topic:${string}`
  | `scim:${string}`
  | `territory:${string}`
  | `bulk:${string}`
  | `wall:${string}`
  | `subject:${string}`
  | "announcer"
  | "calendars"
  | "relay"
  | "sealer"
  | "rotation"
  | "retention"
  | "sign-in"
  | "setup";

/**
 * Runs `work` in one transaction in which `actor` acts. Row-level security shows and lets change only rows to which
 * that actor has a right; the setting ends with the transaction, so a pooled connection never carries it on. The setting is sent ahead of
 * the work without waiting for its answer: if it fails, PostgreSQL refuses every later statement of the transaction.
 */
export function actAs<T>(knex: Knex, actor: Actor, work: (trx: Transaction) => PromiseLike<T>): Promise<T> {
  return knex.transaction(async (trx) => {
    const connection: pg.ClientBase = await trx.client.acquireConnection();
    const acting = connection.query({ text: "SELECT set_config('app.actor', $1, true)", values: [actor] });
    acting.catch(() => undefined);
    const [result] = await Promise.all([work(trx), acting]);
    return result;
  });
}

/**
 * Lets another actor act in the rest of the transaction: one actor is found to have a right, another carries the change out.
 */
export async function switchActor(trx: Transaction, actor: Actor): Promise<void> {
  await trx.raw("SELECT set_config('app.actor', ?, true)", [actor]);
}

/** Who acts in the transaction now. */
export async function currentActor(trx: Transaction): Promise<Actor> {
  const { rows } = await trx.raw<{ rows: { actor: Actor }[] }>(
    "SELECT current_setting('app.actor') AS actor",
  );
  return must(rows[0], "actor").actor;
}

const NETWORK = "ECONNREFUSED ECONNRESET ENOTFOUND EPIPE ETIMEDOUT EAI_AGAIN EHOSTUNREACH";
/**
 * PostgreSQL: connection exceptions; resources used up; read-only, as a standby is and what was made so for want of space; shutdown, crash,
 * starting up; ended while idle; its disk fails.
 */
const OUT_OF_SERVICE =
  "08000 08003 08006 08001 08004 53000 53100 53200 53300 25006 57P01 57P02 57P03 57P05 25P03 25P04 58030";
const AWAY_CODES = new Set(`${NETWORK} ${OUT_OF_SERVICE}`.split(" "));
/** The type of an activity's failure that has nothing left of its error but that the database was away. */
export const AWAY = "PostgreSQLAway";
/** PostgreSQL: a statement, or its wait for a lock, took too long. */
const NOT_NOW = ["57014", "55P03"];
/**
 * PostgreSQL: of work that waited for each other it ended one; a migration changed a table under a kept plan, or under the rows that a function
 * had begun with.
 */
const TAKEN_BACK = ["40001", "40P01", "0A000", "42804"];

/** True when PostgreSQL took work back that may pass if it is done again: because of another transaction, or of a migration. */
export const isTakenBack = (error: unknown): boolean =>
  TAKEN_BACK.some((code) => isPostgresError(error, code));

/** True when `error` says that the database can't be reached, or can't serve this now, rather than that a query was wrong. */
export const isUnavailable = (error: unknown): boolean =>
  isAway(error) || isTakenBack(error) || NOT_NOW.some((code) => isPostgresError(error, code));

/** True when `error` says that the database can't be reached, or serves nobody: it is no matter of what it was asked. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "KnexTimeoutError" || error.name === "AggregateError") return true;
  if ("code" in error && typeof error.code === "string" && AWAY_CODES.has(error.code)) return true;
  if ("nativeError" in error && isAway(error.nativeError)) return true;
  if ("type" in error && error.type === AWAY) return true;
  return LOST.test(error.message);
}

/** Words of the driver and the pool, whose errors carry no code. */
const LOST =
  /Connection terminated|terminating connection|connection timeout|timeout expired|timeout exceeded when trying to connect|is not queryable|Query read timeout|Unable to acquire a connection/i;

/** True when `error` is PostgreSQL's error `code` (e.g. "23505", unique violation), as it came or as Objection wraps it. */
export function isPostgresError(error: unknown, code: string): boolean {
  if (!(error instanceof Error)) return false;
  if ("nativeError" in error) return isPostgresError(error.nativeError, code);
  return "code" in error && error.code === code;
}
