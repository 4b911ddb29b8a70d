import { type Options, type Recognizer, redactWith } from "../../redaction/index.ts";
import { type RedactionSettings, StoredSettings } from "../../store/settings.ts";
import type { Intake } from "../../store/transitions/arrive.ts";
import { unsealOriginal } from "../../store/crypto/original.ts";
import type { Vault } from "../../store/crypto/vault.ts";

/** The text that may be shown, and what was taken out of it: the rules' version and counts per kind. */
export interface Redaction {
  title: string | null;
  message: string;
  redaction: { version: string; counts: Record<string, number> };
}

/** What redacts besides the rules, e.g. a named-entity service of the site's own. */
export interface RedactDeps {
  vault: Vault;
  recognizers: readonly Recognizer[];
}

/**
 * Takes the patient's identifiers out of a send's title and message, as its territory wants it.
 * @throws RecognizerUnavailable: the message is held and tried again, never passed on unredacted
 */
export async function redact(
  { vault, recognizers }: RedactDeps,
  { send, settings: stored }: Pick<Intake, "send" | "settings">,
): Promise<Redaction> {
  const settings = StoredSettings.parse(stored ?? {});
  const { title, message, known } = unsealOriginal(vault, send);
  const options = { known, ...redactOptions(settings.redaction ?? {}) };
  const run = (text: string) => redactWith(recognizers, text, options);
  const [body, head] = await Promise.all([run(message), title === null ? null : run(title)]);
  const counts = { ...body.rules.counts };
  for (const [kind, count] of Object.entries(head?.rules.counts ?? {}))
    counts[kind] = (counts[kind] ?? 0) + count;
  return {
    title: head?.text ?? null,
    message: body.text,
    redaction: { version: body.rules.version, counts },
  };
}

/** Settings as the redactor's options. */
export function redactOptions({ kinds, facilities, patterns }: RedactionSettings): Options {
  return {
    ...(kinds === undefined ? {} : { kinds }),
    ...(facilities === undefined ? {} : { facilities }),
    ...(patterns === undefined ? {} : { patterns }),
  };
}
