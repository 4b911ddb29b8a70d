import type { Knex } from "knex";
import { redactOptions } from "../../activities/arrival/redact.ts";
import { must } from "../../config/must.ts";
import { RecognizerUnavailable, RedactionUnfinished, type Redactor } from "../../redaction/index.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { readSettings, type TerritorySettings } from "../../store/settings.ts";
import { forbidden, type Problem, unavailable } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { checkLength } from "../notifications/bounds.ts";
import type { redactions } from "./routes.ts";

export interface RedactionDeps {
  knex: Knex;
  redactor: Pick<Redactor, "redact">;
  /** How long a message may be; bytes in UTF-8. */
  messageBytes: number;
}

/** Answers the call under /api/redactions, as the territory's own settings would have it. */
export function redactionHandlers({
  knex,
  redactor,
  messageBytes,
}: RedactionDeps): Handlers<typeof redactions> {
  return {
    try: async ({ caller: { userId }, body: { text, known, territory_id } }) => {
      checkLength(text, messageBytes, "/text");
      const settings = await actAs(knex, `user:${userId}`, async (trx) => {
        const territories = await supervised(trx, userId);
        const territory = territory_id ?? territories[0];
        if (territory !== undefined && territories.includes(territory))
          return await readSettings(trx, territory);
        throw forbidden("Only the territory's supervisors can try the redaction.");
      });
      const options = { known, ...optionsOf(settings), explain: true };
      const [tried] = await redactor.redact([text], options).catch((error: unknown) => {
        throw refusalOf(error) ?? error;
      });
      const { why = [], ...redaction } = must(tried, "redaction");
      return { status: 200, body: { ...redaction, why } };
    },
  };
}

/** Says how a message with this text would end; null for an error that does not come from the text. */
function refusalOf(error: unknown): Problem | null {
  if (error instanceof RedactionUnfinished)
    return unavailable(
      `Redacting this text takes too much ${error.code}; as a message it would be withheld.`,
    );
  if (error instanceof RecognizerUnavailable)
    return unavailable(`The recognizer ${error.recognizer} does not answer; a message would wait for it.`);
  return null;
}

const optionsOf = ({ redaction }: TerritorySettings) => redactOptions(redaction ?? {});

async function supervised(trx: Transaction, userId: string): Promise<string[]> {
  const rows = await Membership.query(trx)
    .where({ user_id: userId, role: "supervisor" })
    .orderBy("territory_id");
  return rows.flatMap(({ territory_id }) => territory_id ?? []);
}
