import { readFileSync } from "node:fs";
import type { Knex } from "knex";
import type { z } from "zod";
import { listed } from "../../api/what-if/answer.ts";
import { type Reason, REASONS } from "../../api/what-if/recorded.ts";
import { MOST_SENDS, Trial, type WhatIfAnswer } from "../../api/what-if/schema.ts";
import { askWhatIf } from "../../api/what-if/what-if.ts";
import { LIVE } from "../../channels/contract.ts";
import { findChannels, PLUGINS_FOLDER } from "../../channels/registry.ts";
import { readChannelSettings } from "../../config/channels.ts";
import { actAs } from "../../store/db/knex.ts";
import { columns } from "../columns.ts";
import { reason, StartProblem } from "../services/problem.ts";
import { duration } from "./duration.ts";

type Compared = WhatIfAnswer["sends"][number];
type TerritoryAnswer = { territory_id: string } & ReturnType<typeof listed>;

interface Choice {
  trial: z.output<typeof Trial>;
  sinceMs: number;
  limit: number;
  withinSeconds: number;
  /** Null: every territory. */
  territory: string | null;
}

/** Notifications that are looked at unless the limit is said. */
export const MOST = MOST_SENDS;

/**
 * Reads what is to be tried.
 * @throws StartProblem naming each field at fault
 */
export function readTrial(file: string): z.output<typeof Trial> {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new StartProblem(`--policy ${file}: ${reason(cause)}`, { cause });
  }
  const parsed = Trial.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `  /${path.join("/")}: ${message}`);
  throw new StartProblem([`--policy ${file} can't be tried:`, ...faults].join("\n"));
}

/** Makes past decisions again, territory by territory. */
export async function tryOut(
  knex: Knex,
  { trial, sinceMs, limit, withinSeconds, territory }: Choice,
  /** Is told how far each territory is. */
  begin: () => (done: number, total: number) => void,
): Promise<TerritoryAnswer[]> {
  const to = new Date();
  const available = [LIVE, ...(await outsideChannels())];
  const territories = await actAs(knex, "retention", async (trx) => {
    const rows: { id: string }[] = await trx("territories").select("id").orderBy("id");
    return rows.map(({ id }) => id);
  });
  if (territory !== null && !territories.includes(territory))
    throw new StartProblem(`--territory ${territory}: there is none of that id.`);
  const answers: TerritoryAnswer[] = [];
  for (const territoryId of territories.filter((id) => territory === null || id === territory)) {
    const asked = { territoryId, from: new Date(to.getTime() - sinceMs), to, trial, available };
    const answer = await actAs(knex, "retention", (trx) =>
      askWhatIf(trx, { ...asked, withinSeconds, most: limit, patienceMs: Infinity }, begin()),
    );
    answers.push({ territory_id: territoryId, ...listed(answer) });
  }
  return answers;
}

async function outsideChannels(): Promise<string[]> {
  const settings = readChannelSettings(process.env);
  const { configured } = await findChannels({ builtIn: [], settings, folder: PLUGINS_FOLDER });
  return configured.map(({ channel }) => channel.name);
}

/** What would have been, in words: lines with ids, codes and times. */
export const inWords = (answers: TerritoryAnswer[]): string[] =>
  answers.length === 0 ? ["There is no territory."] : answers.flatMap((answer) => ["", ...territory(answer)]);

function territory({ territory_id: id, totals, sends, cut }: TerritoryAnswer): string[] {
  const { compared, changed, tellings, untold, exhausted, groundless, critical } = totals;
  const pair = ({ before, after }: { before: number; after: number }): string => `${before} → ${after}`;
  return [
    `${id}: ${compared} compared, ${changed} would go otherwise${cut ? "; there are more than were looked at" : ""}`,
    ...indented(
      columns([
        ["", "today → tried"],
        ["tellings by a channel", pair(tellings)],
        [`critical ones (${critical}) of which nobody is told in time`, pair(untold)],
        ["of which the last resort is told", pair(exhausted)],
      ]),
    ),
    `  ${totals.additional} additional, ${totals.spared} spared, ${totals.earlier} earlier, ${totals.later} later, ${totals.otherwise} by other channels or held for another time`,
    ...(groundless === 0
      ? []
      : [
          `  ${groundless} were acknowledged by somebody who would not have been told by then: as nobody's time is invented, they go on as if nobody had`,
        ]),
    ...Object.entries(totals.left_out).map(
      ([code, count]) => `  ${count} could not be run again: ${REASONS[code as Reason]}`,
    ),
    ...(sends.length === 0
      ? []
      : [
          "",
          ...indented(
            columns([["id", "arrived", "priority", "acknowledged", "today", "tried"], ...sends.map(row)]),
          ),
        ]),
    ...(sends.length < changed ? [`  … and ${changed - sends.length} more`] : []),
  ];
}

const indented = (lines: string[]): string[] => lines.map((line) => `  ${line}`);

const row = ({
  notification_id,
  at,
  priority,
  acknowledged_after_seconds: answered,
  ...one
}: Compared): string[] => [
  notification_id,
  at.replace("T", " ").slice(0, 19),
  priority,
  answered === null ? "-" : `${after(answered)}${one.groundless ? " (can't count)" : ""}`,
  said(one.before),
  said(one.after),
];

const said = (tellings: Compared["before"]): string =>
  tellings.length === 0
    ? "nobody"
    : tellings
        .map(
          ({ after_seconds, user_id, channels }) =>
            `${after(after_seconds)} ${user_id} (${waysOf(channels)})`,
        )
        .join("; ");

const waysOf = (channels: Compared["before"][number]["channels"]): string =>
  channels
    .map(({ channel, held_until, spared }) =>
      held_until === null
        ? channel
        : spared
          ? `${channel}: spared by quiet hours`
          : `${channel} at ${held_until.replace("T", " ").slice(0, 16)}`,
    )
    .join(", ");

const after = (seconds: number): string => (seconds === 0 ? "at once" : `+${duration(seconds * 1_000)}`);
