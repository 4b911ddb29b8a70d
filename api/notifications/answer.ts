import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { readSettings } from "../../store/settings.ts";
import type { Act, ActResult } from "../../store/transitions/act.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { invalid } from "../http/errors.ts";
import { isUuid } from "../../config/ids.ts";
import type { InboxService } from "./inbox.ts";
import { isReadBack } from "./read-back.ts";
import type { Acknowledge } from "./schema.ts";
import { originalOf, type RedactWords } from "./words.ts";

export interface AnswerDeps {
  knex: Knex;
  vault: Vault;
  words: RedactWords;
  inbox: Pick<InboxService, "act">;
}

/** Who answers. */
type Answerer = Pick<SignedInPerson, "userId" | "subject">;

/**
 * Answers of recipients that hold words: these are redacted as the message was, with the identifiers that its sender named.
 * @throws Problem 422 where what was read back is missing or wrong, which is on record; 429 for more answers at once than anybody gives
 */
export function createAnswers({ knex, vault, words, inbox }: AnswerDeps) {
  const redacted = (person: Answerer, id: string, said: string): Promise<string> =>
    words(person.userId, said, async () => {
      const about = await sentTo(person, id);
      return about === null ? null : { sends: [about.send], settings: about.settings };
    });

  /** A person's notification's send, and the settings of its territory; null where the notification is not theirs. */
  async function sentTo({ userId }: Answerer, id: string) {
    if (!isUuid(id)) return null;
    return await actAs(knex, `user:${userId}`, async (trx) => {
      const own = await Notification.query(trx).findById(id).where({ user_id: userId });
      const send = await (own && Send.query(trx).findById(own.textId));
      return own === undefined || send === undefined
        ? null
        : { send, settings: await readSettings(trx, own.territory_id) };
    });
  }

  /** Whether somebody read back what the sender named. Nobody can compare it with what was destroyed, so that counts as read back. */
  async function isRight(person: Answerer, id: string, heard: string): Promise<boolean> {
    const found = await sentTo(person, id);
    const wanted = found === null ? undefined : originalOf(vault, found.send)?.read_back;
    if (wanted === undefined || isReadBack(wanted, heard)) return true;
    const actor = `user:${person.userId}` as const;
    await actAs(knex, actor, (trx) =>
      record(trx, actor, {
        action: "notification.read_back",
        outcome: "denied",
        territoryId: found?.send.territory_id ?? null,
        objectId: id,
      }),
    );
    return false;
  }

  return {
    async acknowledge(person: Answerer, id: string, { note, read_back }: Acknowledge): Promise<ActResult> {
      const act: Act = {
        kind: "acknowledge",
        note: note === undefined ? null : await redacted(person, id, note),
      };
      const result = await inbox.act(person, id, act);
      if (result.kind !== "read_back") return result;
      const fault = (message: string) => invalid([{ path: "/read_back", message }]);
      if (read_back === undefined) throw fault("must be given: its sender wants to hear a value again");
      if (!(await isRight(person, id, read_back))) throw fault("is not what was sent; look once more");
      return await inbox.act(person, id, { ...act, isReadBack: true });
    },

    async decline(person: Answerer, id: string, reason: string): Promise<ActResult> {
      return await inbox.act(person, id, { kind: "decline", reason: await redacted(person, id, reason) });
    },
  };
}
