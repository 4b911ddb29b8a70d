import { timingSafeEqual } from "node:crypto";
import type { InstallationKey } from "./secrets.ts";

/** What a link in a message lets whoever has it do: answer one delivery, until it has run out. */
export interface AnswerLink {
  notificationId: string;
  deliveryId: string;
}

/** What a link in a message lets whoever has it do: say that a person wants no more by a channel. */
export interface UnsubscribeLink {
  userId: string;
  channel: string;
}

/** One that was made here. */
export interface MadeUnsubscribeLink extends UnsubscribeLink {
  madeAt: Date;
}

/** The links that messages carry. Each is made of what it is for and a MAC, so that none is kept anywhere. */
export interface Links {
  /** A page on which the recipient answers; null where the installation has no public address. */
  answer(to: AnswerLink): string | null;
  /** An address that a mail program posts to; null where the installation has no public address by https. */
  unsubscribe(from: UnsubscribeLink): string | null;
  /** Null for what this installation did not make, and for what has run out. */
  readAnswer(token: string): AnswerLink | null;
  readUnsubscribe(token: string): MadeUnsubscribeLink | null;
}

/** How long a link answers; s. */
const ANSWER_SECONDS = 24 * 3_600;
/** How long a link unsubscribes; ms. */
const UNSUBSCRIBE_LASTS = 30 * 24 * 3_600_000;
/** Bytes of a MAC. */
const MAC = 16;

type Secrets = Pick<InstallationKey, "mac">;

/** @param origin the installation's public address; null where it has none */
export function createLinks(secrets: Secrets, origin: string | null): Links {
  const answers = tokens(secrets, "answer link");
  const unsubscribes = tokens(secrets, "unsubscribe link");
  return {
    answer: ({ notificationId, deliveryId }) => {
      if (origin === null) return null;
      const until = Math.floor(Date.now() / 1_000) + ANSWER_SECONDS;
      // Behind #, which no browser sends and no log holds.
      return `${origin}/answer#${answers.make(`${until} ${notificationId} ${deliveryId}`)}`;
    },
    unsubscribe: ({ userId, channel }) =>
      origin?.startsWith("https:") === true
        ? `${origin}/api/unsubscribe/${unsubscribes.make(`${Date.now()} ${channel} ${userId}`)}`
        : null,
    readAnswer: (token) => {
      const [until = "", notificationId, deliveryId] = answers.read(token)?.split(" ") ?? [];
      if (notificationId === undefined || deliveryId === undefined) return null;
      return Number(until) > Date.now() / 1_000 ? { notificationId, deliveryId } : null;
    },
    readUnsubscribe: (token) => {
      const [, at = "", channel, userId] =
        /^(\d{1,15}) (\S+) (.+)$/s.exec(unsubscribes.read(token) ?? "") ?? [];
      if (channel === undefined || userId === undefined) return null;
      return Date.now() - Number(at) > UNSUBSCRIBE_LASTS
        ? null
        : { channel, userId, madeAt: new Date(Number(at)) };
    },
  };
}

/** Tokens of one purpose: a text and its MAC. */
function tokens(secrets: Secrets, purpose: string) {
  const macOf = (text: Buffer): Buffer => secrets.mac(purpose, text).subarray(0, MAC);
  return {
    make: (text: string): string => {
      const bytes = Buffer.from(text);
      return Buffer.concat([macOf(bytes), bytes]).toString("base64url");
    },
    /** The text; null for what was not made here. */
    read: (token: string): string | null => {
      const bytes = Buffer.from(token, "base64url");
      if (bytes.length <= MAC) return null;
      const text = bytes.subarray(MAC);
      return timingSafeEqual(bytes.subarray(0, MAC), macOf(text)) ? text.toString() : null;
    },
  };
}
