import type pg from "pg";

/** The part of a pooled connection that is changed here. Knex drops a connection that is marked as disposed. */
interface Connection {
  query(statement: string | pg.QueryConfig, ...rest: unknown[]): unknown;
  __knex__disposed?: unknown;
}

/** How many statements' plans a pool keeps. Further statements (lists vary in length) are planned each time. */
const MAX_STATEMENTS = 500;

/**
 * Lets PostgreSQL keep the plans of statements, which get names: under row-level security, planning a statement takes longer than
 * running it. A plan that a migration made stale ends its connection, as does an answer that never came.
 * @returns what a pool does with each new connection
 */
export function keepPlans() {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MAX_STATEMENTS) return known;
    const name = `tocsin_${names.size}`;
    names.set(text, name);
    return name;
  };
  return function keep(connection: Connection, done: (error: null, connection: Connection) => void): void {
    const run = connection.query.bind(connection);
    connection.query = (statement, ...rest) => {
      if (typeof statement === "string" || !statement.values?.length) return run(statement, ...rest);
      const name = nameOf(statement.text);
      if (name !== undefined) statement.name = name;
      const [callback, ...others] = rest;
      if (typeof callback !== "function") return run(statement, ...rest);
      const watched = (error: unknown, result: unknown): void => {
        if (isStalePlan(error) || isSilent(error)) connection.__knex__disposed = error;
        callback(error, result);
      };
      return run(statement, watched, ...others);
    };
    done(null, connection);
  };
}

/** The driver gave up the connection, whose end comes a moment later. */
const isSilent = (error: unknown): boolean =>
  error instanceof Error && error.message === "Query read timeout";

/** PostgreSQL's "cached plan must not change result type". */
const isStalePlan = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "0A000";
