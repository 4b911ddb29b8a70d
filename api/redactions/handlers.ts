import { redactOptions } from "../../activities/arrival/redact.ts";
import { must } from "../../config/must.ts";
import type { Options } from "../../redaction/options.ts";
import { RecognizerUnavailable } from "../../redaction/recognizer.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import { actAs } from "../../store/db/knex.ts";
import { readSettings, type TerritorySettings } from "../../store/settings.ts";
import { forbidden, type Problem, unavailable } from "../http/errors.ts";
import { attachment, wantsText } from "../http/csv.ts";
import type { Handlers } from "../http/route.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import { checkLength } from "../notifications/bounds.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { checkRedaction } from "../territories/settings.ts";
import { createExamples, type ExampleDeps } from "./examples.ts";
import type { redactions } from "./routes.ts";
import type { TrialResult } from "./schema.ts";

export interface RedactionDeps extends ExampleDeps {
  /** How long a message may be; bytes in UTF-8. */
  messageBytes: number;
}

const ONLY_SUPERVISORS = "Only the territory's supervisors can try the redaction.";

/** Answers the calls under /api/redactions, as the territory's own settings would have it. */
export function redactionHandlers(deps: RedactionDeps): Handlers<typeof redactions> {
  const { knex, redactor, messageBytes } = deps;
  const examples = createExamples(deps);
  // Messages wait for the same threads: nobody fills them with trials.
  const alone = createOneByOne(1);
  /** The settings of a territory that a person supervises: the one named, or the first. @throws Problem 403 */
  const settingsFor = (userId: string, named: string | undefined) =>
    actAs(knex, `user:${userId}`, async (trx) => {
      const territories = await supervisedBy(trx, userId, ONLY_SUPERVISORS);
      const territory = named ?? territories[0];
      if (territory === undefined || !territories.includes(territory)) throw forbidden(ONLY_SUPERVISORS);
      return { territory, settings: await readSettings(trx, territory) };
    });
  /** What a text would be redacted to. @throws Problem 503 where it can't be */
  async function attempt(text: string, options: Options, party: string[]): Promise<TrialResult> {
    const trying = redactor.redact([text], { ...options, explain: true }, { party });
    const [tried] = await trying.catch((error: unknown) => {
      throw refusalOf(error) ?? error;
    });
    const { why = [], ...redaction } = must(tried, "redaction");
    return { ...redaction, why };
  }
  return {
    try: async ({ caller: { userId }, body: { text, known, territory_id } }) => {
      checkLength(text, messageBytes, "/text");
      const { territory, settings } = await settingsFor(userId, territory_id);
      const options = { known, ...optionsOf(settings) };
      const body = await alone(userId, () => attempt(text, options, [territory, userId]));
      return { status: 200, body };
    },

    tryDraft: async ({ caller: { userId }, body: { text, redaction } }) => {
      checkLength(text, messageBytes, "/text");
      const body = await alone(userId, async () => {
        await checkRedaction(redaction, "/redaction");
        return await attempt(text, redactOptions(redaction), [userId]);
      });
      return { status: 200, body };
    },

    mark: async ({ caller: { userId }, body }) => {
      checkLength(body.text, messageBytes, "/text");
      const { territory, settings } = await settingsFor(userId, body.territory_id);
      const giving = alone(userId, () => examples.give(userId, territory, settings, body));
      const example_id = await giving.catch((error: unknown) => {
        throw refusalOf(error) ?? error;
      });
      return { status: 201, body: { example_id } };
    },

    listExamples: async ({ caller, query, ctx }) => {
      const { items, next } = await examples.list(caller.userId, query);
      if (!wantsText(ctx, "text/plain")) return { status: 200, body: { examples: items, next } };
      const place = next === null ? null : `cursor=${next}`;
      const text = items.map(({ template }) => `${template}\n`).join("");
      return { status: 200, headers: attachment("redaction-examples.txt", place), text };
    },

    removeExample: async ({ caller, params }) => {
      await examples.remove(caller.userId, params.id);
      return { status: 204 };
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
