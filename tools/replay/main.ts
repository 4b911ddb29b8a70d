/**
 * `npm run replay`: tells what a notification's workflow did and why, and whether today's code would do the same; exits with 1 when not.
 * With `--policy` it tells who would have been told by other settings (docs/what-if.md).
 * The histories that the tests replay are in test/replay.
 */
import { existsSync } from "node:fs";
import type { Client } from "@temporalio/client";
import { isAway } from "../../store/db/knex.ts";
import { readArguments } from "../arguments.ts";
import { reason, StartProblem } from "../services/problem.ts";
import { explain } from "./explain.ts";
import { currentVersion, saveFixture, shownPath } from "./fixtures.ts";
import { fetchHistory, type History, readHistory } from "./history.ts";
import { progressBar, readSince, replayMany, table } from "./many.ts";
import { findNamed, type Named } from "./named.ts";
import { openPostgres, openTemporal } from "./place.ts";
import { endReplays, replay } from "./replay.ts";
import { story } from "./story.ts";
import { timeline } from "./timeline.ts";
import { inWords, MOST as WHAT_IF_LIMIT, readTrial, tryOut } from "./what-if.ts";

const USAGE =
  "Usage: npm run replay -- <id | file.json> [--save], or npm run replay -- --since 24h [--limit 500] [--failed] [--save], or npm run replay -- --since 7d --policy new.json [--territory ID] [--within 5m] [--limit 5000] [--json] (see docs/workflows.md and docs/what-if.md)";

const say = (lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

interface Flags {
  since?: string;
  limit?: string;
  failed?: boolean;
  save?: boolean;
  policy?: string;
  territory?: string;
  within?: string;
  json?: boolean;
  help?: boolean;
}

/** @throws StartProblem for flags that there are not */
function readFlags(): { what: string | undefined; flags: Flags } {
  const options = {
    since: { type: "string" },
    limit: { type: "string" },
    failed: { type: "boolean" },
    save: { type: "boolean" },
    policy: { type: "string" },
    territory: { type: "string" },
    within: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = readArguments({ allowPositionals: true, options }, USAGE);
  if (positionals.length > 1) throw new StartProblem(USAGE);
  return { what: positionals[0], flags: values };
}

async function main(): Promise<number> {
  const { what, flags } = readFlags();
  if (flags.help === true) {
    say([USAGE]);
    return 0;
  }
  if (flags.policy !== undefined && what === undefined) return await tellWhatIf(flags.policy, flags);
  if (flags.territory !== undefined || flags.within !== undefined || flags.json === true)
    throw new StartProblem(USAGE);
  if (flags.since !== undefined && what === undefined) return await replayThose(flags.since, flags);
  if (what === undefined || flags.since !== undefined || flags.limit !== undefined || flags.failed === true)
    throw new StartProblem(USAGE);
  return what.endsWith(".json") || existsSync(what)
    ? await tell(readHistory(what), "replayed", flags)
    : await replayOne(what, flags);
}

/** Tells one history and whether today's code does the same. */
async function tell(history: History, workflowId: string, { save = false }: Flags): Promise<number> {
  say(["", "What its workflow did", ...timeline(history).map((line) => `  ${line}`), ""]);
  const difference = await replay(history, workflowId);
  say(difference === null ? ["Today's code does the same."] : explain(difference));
  if (save) keep(history, workflowId);
  return difference === null ? 0 : 1;
}

function keep(history: History, workflowId: string): void {
  const name = `saved-${workflowId.replaceAll(/[^a-zA-Z0-9-]/g, "_")}`;
  say([
    `Saved as ${shownPath(saveFixture(history, currentVersion(), name))}; the tests replay it from now on.`,
  ]);
}

async function replayOne(id: string, flags: Flags): Promise<number> {
  const named = await findInPostgres(id);
  const client = await openTemporal();
  try {
    const ids = named?.found?.workflowIds ?? [id];
    const found = await fetchFirst(client, ids);
    if (found === null && (named?.found ?? null) === null)
      throw new StartProblem(
        `Nothing here has the id ${id}. Give that of a notification, copy, delivery or broadcast, as the sender's answer, the inbox and the delivery history show it.`,
      );
    const said = named?.found?.said ?? null;
    say([...(said === null ? [] : [said]), ...(named?.lines ?? [])]);
    if (found === null) {
      say([
        "",
        `Temporal has no history of it (${ids.join(", ")}): none was needed, or its retention took it.`,
      ]);
      return 0;
    }
    if (found.workflowId !== id) say([`Its workflow: ${found.workflowId}`]);
    return await tell(found.history, found.workflowId, flags);
  } finally {
    await client.connection.close();
  }
}

/** What PostgreSQL knows of an id; null where there is no database to be asked, and a workflow's history has to do. */
async function findInPostgres(id: string): Promise<{ found: Named | null; lines: string[] } | null> {
  const knex = openPostgres();
  if (knex === null) return null;
  try {
    const found = await findNamed(knex, id);
    const rootId = found?.rootId ?? null;
    const lines = rootId === null ? [] : await story(knex, rootId);
    return { found, lines };
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    process.stderr.write("PostgreSQL doesn't answer: what follows is the workflow's history alone.\n");
    return null;
  } finally {
    await knex.destroy();
  }
}

async function fetchFirst(
  client: Client,
  workflowIds: string[],
): Promise<{ workflowId: string; history: History } | null> {
  for (const workflowId of workflowIds) {
    const history = await fetchHistory(client, workflowId);
    if (history !== null) return { workflowId, history };
  }
  return null;
}

/** Says who would have been told of past notifications by other settings. */
async function tellWhatIf(file: string, { since, limit, within = "5m", ...flags }: Flags): Promise<number> {
  if (since === undefined || flags.failed === true || flags.save === true) throw new StartProblem(USAGE);
  const choice = {
    trial: readTrial(file),
    sinceMs: readSince(since),
    limit: readLimit(limit ?? String(WHAT_IF_LIMIT), MOST),
    withinSeconds: readSince(within, "within") / 1_000,
    territory: flags.territory ?? null,
  };
  const knex = openPostgres();
  if (knex === null)
    throw new StartProblem(
      "There is no database to be asked. Start Tocsin, or set TOCSIN_HOME or DATABASE_URL.",
    );
  try {
    const answers = await tryOut(knex, choice, () => progressBar(process.stderr));
    say(flags.json === true ? [JSON.stringify(answers, null, 2)] : inWords(answers));
    return 0;
  } finally {
    await knex.destroy();
  }
}

const DEFAULT_LIMIT = 500;
const MOST = 10_000;

/** @throws StartProblem for anything but a number from 1 on */
function readLimit(text: string, most: number): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw new StartProblem(`--limit ${text}: give a number from 1 to ${most}.`);
}

async function replayThose(since: string, { limit, failed = false, save = false }: Flags): Promise<number> {
  const sinceMs = readSince(since);
  const most = readLimit(limit ?? String(DEFAULT_LIMIT), MOST);
  const client = await openTemporal();
  try {
    const { outcomes, gone } = await replayMany(
      client,
      { sinceMs, limit: most, failed },
      progressBar(process.stderr),
    );
    say(table(outcomes, gone));
    const different = outcomes.filter(({ difference }) => difference !== null);
    if (save) for (const { history, workflowId } of different) keep(history, workflowId);
    return different.length === 0 ? 0 : 1;
  } finally {
    await client.connection.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  // One line for each trouble: who reads it has an id to look up, not this program to mend.
  process.stderr.write(`${error instanceof StartProblem ? error.message : `replay: ${reason(error)}`}\n`);
  process.exitCode = 1;
} finally {
  await endReplays();
}
