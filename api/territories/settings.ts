import type { Json } from "../../store/audit/record.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { Territory } from "../../store/models/User.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import {
  isGuarded,
  type RedactionSettings,
  settingChanges,
  type SettingsChange,
  StoredSettings,
  type TerritorySettings,
  withChange,
} from "../../store/settings.ts";
import { redactOptions } from "../../activities/arrival/redact.ts";
import { createSlots } from "../../config/slots.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import { judgeInThread } from "../../redaction/threads/judge.ts";
import { doOrAsk } from "../changes/ask.ts";
import { type Fault, invalid } from "../http/errors.ts";

/** What the record says of settings: the old and the new value of each that changed. */
interface Note extends Record<string, Json> {
  settings: Record<string, { from: Json; to: Json }>;
}

/** Changes a territory's settings. What one admin may not decide alone waits for another. */
export async function setUp(
  trx: Transaction,
  admin: SignedInPerson,
  id: string,
  stored: object,
  change: SettingsChange | undefined,
): Promise<{ note: Record<string, Json>; waits: boolean }> {
  const after = withChange(stored, change);
  await checkLastResort(trx, id, change);
  if (change === undefined || !isGuarded(StoredSettings.parse(stored), after))
    return { note: await applySettings(trx, id, stored, after), waits: false };
  const asked = { kind: "territory", id, change: { settings: settingChanges(stored, after) } } as const;
  const { waits, result, note } = await doOrAsk(trx, admin, asked, () =>
    applySettings(trx, id, stored, after),
  );
  return { note: { ...result, ...note }, waits };
}

/** Refuses a last resort whom nobody could tell. @throws Problem 422 */
async function checkLastResort(
  trx: Transaction,
  territoryId: string,
  change: SettingsChange | undefined,
): Promise<void> {
  const to = change?.last_resort;
  if (to === undefined || to === null || !("user_id" in to)) return;
  const { rows } = await trx.raw("SELECT is_active(?, ?) AS is", [to.user_id, territoryId]);
  if (rows[0].is === true) return;
  throw invalid([
    { path: "/settings/last_resort/user_id", message: "is not an active person of that territory" },
  ]);
}

/** One judgement of a node at a time: each has a processor to itself. */
const inSlot = createSlots(1);

/**
 * Refuses patterns that are not safe, and patterns and hidden values by which alerts would say nothing any more. It takes its time, so it comes
 * before any transaction. What was stored before stays.
 * @param place where they stand in what was asked for
 * @throws Problem 422, also where they take too long to judge
 */
export async function checkRedaction(
  redaction: RedactionSettings | null | undefined,
  place = "/settings/redaction",
  judge: typeof judgeInThread = judgeInThread,
): Promise<void> {
  const { patterns = [], hidden = [] } = redactOptions(redaction ?? {});
  if (patterns.length + hidden.length === 0) return;
  const { faults, harm } = await inSlot(() => judge({ patterns, hidden })).catch((error: unknown) => {
    if (!(error instanceof RedactionUnfinished)) throw error;
    const message = `take too much ${error.code} to judge: give fewer or simpler patterns`;
    throw invalid([{ path: place, message }]);
  });
  const refused = faults.flatMap((fault, at): Fault[] =>
    fault === null
      ? []
      : [{ path: `${place}/patterns/${at}/source`, message: `is not a safe pattern: ${fault}` }],
  );
  if (refused.length > 0) throw invalid(refused);
  if (harm !== null) throw invalid([{ path: place, message: harm }]);
}

/** Writes a territory's settings; answers what the record says of it. */
export async function applySettings(
  trx: Transaction,
  id: string,
  stored: object,
  settings: TerritorySettings,
): Promise<Note> {
  await Territory.query(trx).findById(id).patch({ settings });
  return { settings: settingChanges(stored, settings) };
}
