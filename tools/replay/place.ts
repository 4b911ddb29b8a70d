import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import type { Knex } from "knex";
import { z } from "zod";
import { withTls } from "../../config/postgres.ts";
import { readTemporalConnection } from "../../config/temporal-settings.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { embeddedHome, embeddedUrl } from "../embedded.ts";
import { reason, StartProblem } from "../services/problem.ts";

/** @throws StartProblem when nothing says where Temporal is. */
function addressOfTemporal(): string {
  const given = process.env["TEMPORAL_ADDRESS"];
  if (given) return given;
  const home = embeddedHome();
  try {
    const noted: unknown = JSON.parse(readFileSync(join(home, "temporal.db.pid"), "utf8"));
    return `127.0.0.1:${z.object({ port: z.number() }).parse(noted).port}`;
  } catch (cause) {
    throw new StartProblem(
      `No Temporal server runs over ${home}. Start Tocsin, or set TOCSIN_HOME or TEMPORAL_ADDRESS.`,
      { cause },
    );
  }
}

/**
 * Temporal as the environment names it, or the embedded default's.
 * @throws StartProblem when it doesn't answer
 */
export async function openTemporal(): Promise<Client> {
  const address = addressOfTemporal();
  const faults: string[] = [];
  const options = readTemporalConnection(process.env, faults);
  if (faults.length > 0) throw new StartProblem(faults.join("\n"));
  const connection = await Connection.connect({ address, connectTimeout: "5s", ...options }).catch(
    (cause: unknown) => {
      throw new StartProblem(`Temporal doesn't answer on ${address} (${reason(cause)}).`, { cause });
    },
  );
  return new Client({ connection, namespace: process.env["TEMPORAL_NAMESPACE"] || "default" });
}

/** The database that the environment names, or the embedded default's; null where there is none. */
export function openPostgres(): Knex | null {
  const named = process.env["DATABASE_URL"];
  const faults: string[] = [];
  const url = named ? withTls(named, "DATABASE_URL", process.env, faults) : embeddedUrl(embeddedHome());
  if (faults.length > 0) throw new StartProblem(faults.join("\n"));
  return url === null ? null : openDatabase(url, { max: 1, patience: 5_000 });
}
