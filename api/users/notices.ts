import type { Knex } from "knex";
import type { Registry } from "../../channels/registry.ts";
import type { Logger } from "../../config/log.ts";
import { record } from "../../store/audit/record.ts";
import { actAs } from "../../store/db/knex.ts";
import { sendOwnText } from "../../channels/own-text.ts";
import type { Site } from "../middleware/person.ts";
import type { Addressee } from "./account-notices.ts";

/** What an admin or auditor is told of what was done in a territory, where nobody there could be who has no tie to who did it; never by whom. */
export const OVERSEEN = {
  emergency: {
    title: "Emergency access in Tocsin",
    text: (territoryId: string) =>
      `Something was opened in an emergency in the territory ${territoryId}, where nobody else could be told of it who owes no role to who opened it, nor to the same administrator. The audit record says by whom (emergency.open). See that somebody reviews it: a supervisor, or a privacy officer.`,
  },
  review: {
    title: "Review of an emergency access in Tocsin",
    text: (territoryId: string) =>
      `What was opened in an emergency in the territory ${territoryId} was reviewed by somebody who owes a role to the same administrator as who opened it, since nobody else there could. The audit record says by whom (emergency.review). Look at it once more.`,
  },
  reveals: {
    title: "Many originals read in Tocsin",
    text: (territoryId: string) =>
      `Somebody has read unusually many originals within an hour in the territory ${territoryId}, where nobody else could be told of it who owes no role to them, nor to the same administrator. The audit record says who (notification.reveal_often).`,
  },
  wall: {
    title: "A screen on a wall in Tocsin",
    text: (territoryId: string) =>
      `An administrator has allowed a screen to show the alerts that wait in the territory ${territoryId}, where nobody else could be told of it who owes no role to them, nor to the same administrator. The audit record says who (wall.grant).`,
  },
} as const;
export type Overseen = keyof typeof OVERSEEN;

/** Tells people by email, where that channel is on. Sent beside the call, on record; what happened to an account is noted with it (`noteChange`). */
export interface Notices {
  /** Sends the link by which somebody sets their password, where the site's public address is known: whoever calls says what `Host` they like. */
  invite(person: Addressee, token: string): void;
  /** Tells an admin or auditor of what was done in a territory. */
  oversee(person: Addressee, what: Overseen, territoryId: string): void;
  /** Tells an admin that a webhook could not be reached for days and was disabled. */
  webhook(person: Addressee, webhookId: string): void;
  /** Sends the link by which somebody who forgot their password sets another one. */
  reset(person: Addressee, token: string): void;
}

export interface NoticeDeps {
  knex: Knex;
  channels: Pick<Registry, "get">;
  site: Pick<Site, "origin">;
  log: Logger;
}

export function createNotices({ knex, channels, site: { origin }, log }: NoticeDeps): Notices {
  /** @param text null where it would hold a link, and the site's address is not known */
  async function send(
    { id, email }: Addressee,
    notice: string,
    title: string,
    text: string | null,
  ): Promise<void> {
    const running = channels.get("email");
    const address = running?.address(email) ?? null;
    if (running === undefined || address === null) return;
    const { status, reason } =
      text === null
        ? { status: "failed", reason: "no_public_url" }
        : await sendOwnText(running, { userId: id, address }, { purpose: "account", title, text });
    const sent = status === "accepted" || status === "delivered";
    await actAs(knex, "sign-in", (trx) =>
      record(trx, "sign-in", {
        action: "notice.send",
        outcome: sent ? "ok" : "failed",
        objectId: id,
        payload: { notice, reason },
      }),
    );
  }
  const beside = (sending: Promise<void>): void =>
    void sending.catch((err: unknown) => log.warn({ err }, "a notice about an account was not sent"));
  const withLink = (token: string, text: (url: string) => string): string | null =>
    origin === null ? null : text(`${origin}/invitation#${token}`);

  return {
    invite: (person, token) =>
      beside(
        send(
          person,
          "invite",
          "Your Tocsin account",
          withLink(token, (url) => `Set your password within a day, once, at this address: ${url}`),
        ),
      ),
    oversee: (person, what, territoryId) =>
      beside(send(person, what, OVERSEEN[what].title, OVERSEEN[what].text(territoryId))),
    webhook: (person, webhookId) =>
      beside(
        send(
          person,
          "webhook",
          "A webhook in Tocsin was disabled",
          `The webhook ${webhookId} could not be reached and was disabled: its service no longer hears what becomes of its notifications. Have its receiver looked at, try it with a ping, and switch the webhook on again.`,
        ),
      ),
    reset: (person, token) =>
      beside(
        send(
          person,
          "reset",
          "Your Tocsin password",
          withLink(
            token,
            (url) =>
              `Set another password within an hour, once, at this address: ${url} If you did not ask for it, leave it: your password stays.`,
          ),
        ),
      ),
  };
}
