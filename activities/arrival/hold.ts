import type { Knex } from "knex";
import { failureCode } from "../../config/failure-code.ts";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { VERSION } from "../../redaction/options.ts";
import { RecognizerUnavailable } from "../../redaction/recognizer.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, isAway } from "../../store/db/knex.ts";
import { countFailure } from "../../store/notifications/troubles.ts";
import type { Send } from "../../store/models/Send.ts";
import type { Intake } from "../../store/transitions/arrive.ts";
import type { Redaction } from "./redaction.ts";

/** How often redacting a text is tried, before its send goes on without the text. */
const MOST_TRIES = 3;

/** The words shown in place of a text that could not be redacted. Its recipient can reveal the text, as any other. */
const WITHHELD: Redaction = {
  title: null,
  message: "The text of this message could not be redacted, so it is not shown here. Reveal it to read it.",
  redaction: { version: VERSION, counts: {} },
};

/** The words in place of a text that is not tried any more; null for the texts of other sends. */
export const withheld = ({ redaction_failures }: Pick<Send, "redaction_failures">): Redaction | null =>
  redaction_failures < MOST_TRIES ? null : WITHHELD;

/**
 * Puts on record that a send's text could not be redacted. Where it is to be tried again it throws, so that the send is
 * held; after the last try it answers the words in place of the text, since the recipient has to be told.
 * @throws the error that it was given
 */
export async function holdOrWithhold(
  { knex, log }: { knex: Knex; log: Pick<Logger, "error"> },
  { id, territory_id }: Pick<Send, "id" | "territory_id">,
  error: RedactionUnfinished,
): Promise<Redaction> {
  const actor: Actor = `worker:${id}`;
  const tries = await actAs(knex, actor, async (trx) => {
    const sends = trx<Send>("sends").where({ id }).increment("redaction_failures", 1);
    const [counted] = await sends.returning("redaction_failures");
    const tries = must(counted, "send").redaction_failures;
    await record(trx, actor, {
      action: "notification.redact",
      outcome: "failed",
      territoryId: territory_id,
      objectId: id,
      payload: { tries, too_much: error.code, text: tries < MOST_TRIES ? "held" : "withheld" },
    });
    return tries;
  });
  if (tries < MOST_TRIES) throw error;
  log.error({ err: error, notificationId: id, tries }, "a text could not be redacted and is withheld");
  return WITHHELD;
}

/** How long a critical text waits for a recognizer that is away before its recipient is told without it; ms. */
const CRITICAL_WAITS = 15_000;

/**
 * Answers the words in place of a text that has waited for a recognizer for too long: what is critical has to reach somebody, and the text
 * can be revealed. It is not tried again. Puts that on record.
 * @throws the error that it was given, where the text is to wait on
 */
export async function withholdOverdue(
  { knex, log }: { knex: Knex; log: Pick<Logger, "error"> },
  { id, territory_id, priority, lateMs }: Pick<Intake["send"], "id" | "territory_id" | "priority" | "lateMs">,
  error: RecognizerUnavailable,
): Promise<Redaction> {
  if (priority !== "critical" || lateMs < CRITICAL_WAITS) throw error;
  const actor: Actor = `worker:${id}`;
  await actAs(knex, actor, async (trx) => {
    await trx<Send>("sends").where({ id }).update({ redaction_failures: MOST_TRIES });
    await record(trx, actor, {
      action: "notification.redact",
      outcome: "failed",
      territoryId: territory_id,
      objectId: id,
      payload: { recognizer: error.recognizer, code: error.code, text: "withheld" },
    });
  });
  log.error({ err: error, notificationId: id }, "a critical text waited for its recognizer and is withheld");
  return WITHHELD;
}

/** Until a send that could not arrive is tried again; ms. */
const AGAIN = { recognizer: 5_000, text: 2_000, least: 2_000, most: 60_000 };

/**
 * How long a send waits that could not arrive now. It waits in its workflow, where it holds up no other: in the worker, a few that
 * fail each time would take all places.
 * @returns ms
 * @throws the error that it was given, where PostgreSQL is away: then no send arrives, and the worker tries again soon
 */
export async function waitAfter(
  { knex, log }: { knex: Knex; log: Pick<Logger, "error"> },
  id: string,
  error: unknown,
): Promise<number> {
  if (isAway(error)) throw error;
  if (error instanceof RecognizerUnavailable) return AGAIN.recognizer;
  if (error instanceof RedactionUnfinished) return AGAIN.text;
  const { failures } = await countFailure(knex, "arrive", id, failureCode(error));
  log.error({ err: error, notificationId: id, failures }, "a send did not arrive, and is tried again");
  return Math.min(AGAIN.most, AGAIN.least * 2 ** (failures - 1));
}
