import { MOST_SKEW, skewOf } from "../../store/db/clock.ts";
import { pendingMigrations } from "../../store/db/migrate.ts";
import { DatabaseSetupError, refuseUnsafeLogin } from "../../store/db/runtime-login.ts";
import { missingTransitions } from "../../store/db/transitions.ts";
import { fault, type Finding, ok } from "./finding.ts";
import { onDatabase, type Site } from "./site.ts";

/** The oldest major version that the migrations run on. */
const OLDEST = 15;

/** PostgreSQL: its version, the clock, what the login may do, and whether the tables are this version's. */
export async function postgres(site: Site): Promise<Finding[]> {
  return await onDatabase(site, async (knex, url) => {
    const { rows } = await knex.raw("SELECT current_setting('server_version') AS version");
    const version: string = rows[0].version;
    return [
      Number.parseInt(version, 10) >= OLDEST
        ? ok("postgres", `It answers: PostgreSQL ${version}.`)
        : fault("postgres", `PostgreSQL ${version} is too old.`, `Run PostgreSQL ${OLDEST} or newer.`),
      clock(await skewOf(knex)),
      await login(url),
      tables(await pendingMigrations(knex), (await missingTransitions(knex)).length),
    ];
  });
}

function clock(skew: number | null): Finding {
  if (skew === null)
    return fault("clock", "PostgreSQL did not tell the time.", "See that it answers in time.");
  const seconds = `${Math.abs(skew / 1_000).toFixed(1)} s`;
  return Math.abs(skew) <= MOST_SKEW
    ? ok("clock", `This machine's and PostgreSQL's differ by ${seconds}.`)
    : fault(
        "clock",
        `This machine's is ${seconds} ${skew > 0 ? "ahead of" : "behind"} PostgreSQL's.`,
        "Check NTP on both.",
      );
}

async function login(url: string): Promise<Finding> {
  try {
    await refuseUnsafeLogin(url);
    return ok("login", "The nodes' login can't get around row-level security.");
  } catch (error) {
    if (!(error instanceof DatabaseSetupError)) throw error;
    return fault("login", error.message, "Until then no node starts.");
  }
}

function tables(pending: string[], functions: number): Finding {
  if (pending.length === 0 && functions === 0) return ok("migrations", "The database is this version's.");
  const left = [...pending, ...(functions > 0 ? [`${functions} functions`] : [])].join(", ");
  return fault(
    "migrations",
    `The database lacks ${left}.`,
    "Run npm run migrate with the owner's login, or start a node that has it.",
  );
}
