/**
 * `npm run replay -- <notification id | file.json>`: prints what a notification's workflow did, and whether today's code
 * would do the same; exits with 1 when not. The histories that the tests replay are in test/replay.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { z } from "zod";
import { readTemporalConnection } from "../../config/temporal-settings.ts";
import { reason, StartProblem } from "../services/problem.ts";
import { fetchHistory, type History, readHistory } from "./history.ts";
import { endReplays, replay } from "./replay.ts";
import { timeline } from "./timeline.ts";

const USAGE = "Usage: npm run replay -- <notification id | file.json>";

/** @throws StartProblem when nothing says where Temporal is. */
function addressOfTemporal(): string {
  const given = process.env["TEMPORAL_ADDRESS"];
  if (given) return given;
  const home = process.env["TOCSIN_HOME"] || ".tocsin";
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

async function fetchFrom(address: string, workflowId: string): Promise<History> {
  const faults: string[] = [];
  const options = readTemporalConnection(process.env, faults);
  if (faults.length > 0) throw new StartProblem(faults.join("\n"));
  const connection = await Connection.connect({ address, connectTimeout: "5s", ...options }).catch(
    (cause: unknown) => {
      throw new StartProblem(`Temporal doesn't answer on ${address} (${reason(cause)}).`, { cause });
    },
  );
  try {
    const namespace = process.env["TEMPORAL_NAMESPACE"] || "default";
    return await fetchHistory(new Client({ connection, namespace }), workflowId);
  } finally {
    await connection.close();
  }
}

async function main(): Promise<number> {
  const [what, ...others] = process.argv.slice(2);
  if (what === undefined || others.length > 0) throw new StartProblem(USAGE);
  const isFile = what.endsWith(".json") || existsSync(what);
  const history = isFile ? readHistory(what) : await fetchFrom(addressOfTemporal(), what);
  for (const line of timeline(history)) process.stdout.write(`${line}\n`);
  const difference = await replay(history, isFile ? "replayed" : what);
  await endReplays();
  process.stdout.write(
    difference === null
      ? "\nToday's code does the same.\n"
      : `\nToday's code does something else: ${difference}\n`,
  );
  return difference === null ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof StartProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
