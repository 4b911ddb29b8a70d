import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import type { Options } from "../../redaction/options.ts";
import { RecognizerUnavailable } from "../../redaction/recognizer.ts";
import type { Redactor } from "../../redaction/threads/redactor.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import { type RedactionSettings, StoredSettings } from "../../store/settings.ts";
import type { Intake } from "../../store/transitions/arrive.ts";
import { unsealOriginal } from "../../store/crypto/original.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { holdOrWithhold, withheld, withholdOverdue } from "./hold.ts";
import type { Redaction } from "./redaction.ts";

export type { Redaction } from "./redaction.ts";

export interface RedactDeps {
  knex: Knex;
  vault: Vault;
  redactor: Pick<Redactor, "redact">;
  log: Pick<Logger, "error">;
}

/**
 * Takes the patient's identifiers out of a send's title and message, as its territory wants it. A text that can't be
 * redacted within bounds is held twice, then withheld; a critical one whose recognizer stays away, after a while.
 * @throws RecognizerUnavailable, RedactionUnfinished: the message is held and tried again, never passed on unredacted
 */
export async function redact(
  deps: RedactDeps,
  { send, settings: stored }: Pick<Intake, "send" | "settings">,
): Promise<Redaction> {
  const settings = StoredSettings.parse(stored ?? {});
  const parked = withheld(send);
  if (parked !== null) return parked;
  const { title, message, known } = unsealOriginal(deps.vault, send);
  const options = { known, ...redactOptions(settings.redaction ?? {}) };
  const texts = title === null ? [message] : [message, title];
  try {
    const asker = { isUrgent: send.priority === "critical", party: partyOf(send) };
    const [body, head] = await deps.redactor.redact(texts, options, asker);
    return join(must(body, "redaction"), head);
  } catch (error) {
    if (error instanceof RecognizerUnavailable) return await withholdOverdue(deps, send, error);
    if (!(error instanceof RedactionUnfinished)) throw error;
    return await holdOrWithhold(deps, send, error);
  }
}

/** By whom threads take turns: territories, and within them the keys that send. */
const partyOf = ({ territory_id, service_key_id }: Intake["send"]): string[] => [
  territory_id,
  ...(service_key_id === null ? [] : [service_key_id]),
];

type Text = Awaited<ReturnType<Redactor["redact"]>>[number];

function join({ text, rules }: Text, head?: Text): Redaction {
  const counts = { ...rules.counts };
  for (const [kind, count] of Object.entries(head?.rules.counts ?? {}))
    counts[kind] = (counts[kind] ?? 0) + count;
  return { title: head?.text ?? null, message: text, redaction: { version: rules.version, counts } };
}

/** Settings as the redactor's options. */
export function redactOptions({ kinds, facilities, patterns, hidden, kept }: RedactionSettings): Options {
  return {
    ...(hidden === undefined ? {} : { hidden }),
    ...(kept === undefined ? {} : { kept }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(facilities === undefined ? {} : { facilities }),
    ...(patterns === undefined ? {} : { patterns }),
  };
}
