import type { Knex } from "knex";
import { redactOptions } from "../../activities/arrival/redact.ts";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { every, type Loop } from "../../node/every.ts";
import { RecognizerUnavailable } from "../../redaction/recognizer.ts";
import type { Redactor } from "../../redaction/threads/redactor.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { EmergencyAccess } from "../../store/models/EmergencyAccess.ts";
import { originalOf, WITHHELD } from "../notifications/words.ts";
import { aboutTarget } from "./about.ts";

/** Only older nodes write what has to be redacted later; ms. */
const EVERY = 10 * 60_000;
const FIRST = 60_000;
const PAGE = 50;

export interface ReasonRedactionDeps {
  knex: Knex;
  vault: Vault;
  redactor: Pick<Redactor, "redact">;
}

/** Redacts reasons and reviews of emergency accesses that older nodes kept as they were typed. Any number of nodes may run it. */
export const startReasonRedaction = (deps: ReasonRedactionDeps & { log: Logger }): Loop =>
  every(
    EVERY,
    () => redactReasons(deps),
    (err) => deps.log.warn({ err }, "older reasons of emergency accesses could not be redacted"),
    FIRST,
  );

/** Redacts what there is. @throws RecognizerUnavailable where it has to wait: nothing is withheld for good on that account */
export async function redactReasons(deps: ReasonRedactionDeps): Promise<void> {
  for (;;) {
    const page = await actAs(deps.knex, "relay", (trx) =>
      EmergencyAccess.query(trx)
        .whereRaw("(NOT reason_redacted OR (review IS NOT NULL AND NOT review_redacted))")
        .orderBy("opened_at")
        .limit(PAGE),
    );
    for (const access of page) await redactOne(deps, access);
    if (page.length < PAGE) return;
  }
}

async function redactOne(
  { knex, vault, redactor }: ReasonRedactionDeps,
  access: EmergencyAccess,
): Promise<void> {
  const { sends, settings } = await aboutTarget(knex, access);
  const known = sends.flatMap((send) => originalOf(vault, send)?.known ?? []);
  const options = { known, ...redactOptions(settings.redaction ?? {}) };
  const redact = async (text: string): Promise<string> => {
    try {
      const [redacted] = await redactor.redact([text], options, { party: [access.territory_id] });
      return must(redacted, "redaction").text;
    } catch (error) {
      if (error instanceof RecognizerUnavailable || !(error instanceof RedactionUnfinished)) throw error;
      return WITHHELD;
    }
  };
  const reason = access.reason_redacted ? access.reason : await redact(access.reason);
  const isTyped = access.review !== null && !access.review_redacted;
  const review = isTyped ? await redact(must(access.review, "review")) : access.review;
  await actAs(knex, "relay", (trx) =>
    EmergencyAccess.query(trx)
      .findById(access.id)
      // Another node may have been quicker, or somebody may have reviewed it meanwhile.
      .whereRaw("review IS NOT DISTINCT FROM ?", [access.review])
      .where({ reason_redacted: access.reason_redacted, review_redacted: access.review_redacted })
      .patch({ reason, reason_redacted: true, ...(isTyped ? { review, review_redacted: true } : {}) }),
  );
}
