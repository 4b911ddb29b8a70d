import type { Knex } from "knex";
import type pg from "pg";
import type { Hospital } from "./hospital.ts";
import { until } from "./until.ts";

/**
 * How many connections to a database wait for a lock, so that a test knows when those that are to race stand side by side. Asks of locks alone: in a
 * transaction PostgreSQL knows no connection that was made since its first look at them.
 */
export async function waitingIn(owner: pg.Client): Promise<number> {
  const { rows } = await owner.query<{ waiting: number }>(
    `SELECT count(DISTINCT pid)::int AS waiting FROM pg_locks AS waiting JOIN pg_locks AS other USING (pid)
     WHERE NOT waiting.granted AND other.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows[0]?.waiting ?? 0;
}

/** Begins one thing while another one is done and not yet committed, for which it has to wait; answers as it does once both are over. */
export async function meanwhile<T>(
  hospital: Pick<Hospital, "knex" | "owner">,
  first: (trx: Knex.Transaction) => Promise<unknown>,
  second: () => Promise<T>,
): Promise<T> {
  const owner = await hospital.owner();
  const trx = await hospital.knex.transaction();
  await first(trx);
  const { rows } = await trx.raw<{ rows: { pid: number }[] }>("SELECT pg_backend_pid() AS pid");
  let isOver = false;
  const waiting = second().finally(() => {
    isOver = true;
  });
  waiting.catch(() => undefined);
  const blocked = "SELECT FROM pg_locks WHERE NOT granted AND $1 = ANY (pg_blocking_pids(pid))";
  const state = await until("it waits", async () => {
    if (isOver) return "over";
    return ((await owner.query(blocked, [rows[0]?.pid])).rowCount ?? 0) > 0 && "waits";
  });
  await trx.commit();
  const answer = await waiting;
  if (state === "over") throw new Error(`it did not wait, and answers ${JSON.stringify(answer)}`);
  return answer;
}
