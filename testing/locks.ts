import type pg from "pg";

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
