import { redactOptions } from "../../activities/arrival/redact.ts";
import { RecognizerUnavailable } from "../../redaction/recognizer.ts";
import type { Redactor } from "../../redaction/threads/redactor.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import { type Original, unsealOriginal } from "../../store/crypto/original.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { Send } from "../../store/models/Send.ts";
import type { TerritorySettings } from "../../store/settings.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";

/** What words are about: the sends that named identifiers, as far as they can be seen, and the settings of their territory. */
export interface About {
  sends: Send[];
  settings: TerritorySettings;
}

/**
 * Redacts what a person writes about a notification, as its message was, with the identifiers that its sender named.
 * @param find looks up what it is about; null where there is no such thing for that person
 * @throws Throttled for more at once than anybody writes
 */
export type RedactWords = (
  userId: string,
  words: string,
  find: () => Promise<About | null>,
) => Promise<string>;

/** Words of one person that go on or wait: they are redacted before what waits for the same threads, one after the other. */
const MOST_AT_ONCE = 8;

/** In place of words that could not be redacted: what was done with them counts all the same. */
export const WITHHELD = "[WITHHELD]";

/** The original of a send; null once it was destroyed. */
export const originalOf = (vault: Vault, send: Send): Original | null =>
  send.shredded_at === null ? unsealOriginal(vault, send) : null;

export function createWords({
  vault,
  redactor,
}: {
  vault: Vault;
  redactor: Pick<Redactor, "redact">;
}): RedactWords {
  const oneByOne = createOneByOne(MOST_AT_ONCE);

  async function redact(userId: string, words: string, { sends, settings }: About): Promise<string> {
    const known = sends.flatMap((send) => originalOf(vault, send)?.known ?? []);
    const options = { known, ...redactOptions(settings.redaction ?? {}) };
    try {
      const [text] = await redactor.redact([words], options, {
        isUrgent: true,
        party: [sends[0]?.territory_id ?? "", userId],
      });
      return text?.text ?? WITHHELD;
    } catch (error) {
      if (error instanceof RedactionUnfinished || error instanceof RecognizerUnavailable) return WITHHELD;
      throw error;
    }
  }

  return (userId, words, find) =>
    oneByOne(userId, async () => {
      const about = await find();
      return about === null ? WITHHELD : await redact(userId, words, about);
    });
}
