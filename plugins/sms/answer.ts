import type { AnswerOutcome, StatusAnswer, StatusCallback, StatusResult } from "tocsin/channel";
import type { SmsConfig } from "./config.ts";
import { isSigned } from "./signature.ts";
import { callbackUrl, decode, publicUrl } from "./status.ts";

/** What an alert's message says about answers; in GSM-7. @param code names it where several wait */
export const hintOf = (code: string): string =>
  `Reply 1 to acknowledge, 9 to decline. If several wait: 1 ${code} or 9 ${code}.`;

/** 1 or 9, and the code of an alert behind it or not. */
const ANSWER = /^([19])(?:[ .,:-]{0,3}(\d{3}))?$/;

const REPLIES: Record<AnswerOutcome, string> = {
  acknowledged: "Acknowledged. If that was not you, undo it in your inbox at once.",
  declined: "Declined. The next person is told.",
  nothing:
    "Nothing was done: nothing waits for you, it is not plain which alert you mean, or it takes more than a word. Name it by the number in its message, as in 1 123, or answer in your inbox.",
};

/**
 * Reads a message that somebody sent to our number (https://www.twilio.com/docs/messaging/guides/webhook-request), signed as status callbacks are; undefined
 * for what is none. It answers the alert that its code names, or the only open one that was sent to that person's number. Anything but 1 and 9 is no answer.
 */
export function readAnswer(config: SmsConfig, callback: StatusCallback): StatusResult | undefined {
  const text = decode(callback.body);
  if (text === undefined) return undefined;
  const params = new URLSearchParams(text);
  const [body, from, sid] = ["Body", "From", "MessageSid"].map((name) => params.get(name));
  if (params.get("SmsStatus") !== "received" || typeof body !== "string") return undefined;
  const url = callbackUrl(config, undefined) ?? publicUrl(callback);
  if (url === null || !isSigned(config.auth_token, callback.headers["x-twilio-signature"], url, params))
    return { kind: "unauthentic" };
  if (params.get("AccountSid") !== config.account_sid) return { kind: "malformed" };
  if (typeof from !== "string" || typeof sid !== "string" || !/^(SM|MM)[0-9a-fA-F]{32}$/.test(sid))
    return { kind: "malformed" };
  const [, digit, code] = (config.answers ? ANSWER.exec(body.trim()) : null) ?? [];
  if (digit === undefined) return { kind: "updates", updates: [] };
  const answer: StatusAnswer["answer"] = digit === "1" ? "acknowledge" : "decline";
  if (!isOurs(config, params.get("To")))
    return { kind: "updates", updates: [], reply: () => replyOf("nothing") };
  const to = { address: from, ...(code === undefined ? {} : { code }) };
  return {
    kind: "updates",
    updates: [],
    answers: [{ answerId: sid, answer, to }],
    reply: ([outcome]) => replyOf(outcome ?? "nothing"),
  };
}

/** False where our only sender is a number, and they wrote to another one: nothing that asks for an answer came from there. */
const isOurs = ({ from, messaging_service_sid }: SmsConfig, to: string | null): boolean =>
  messaging_service_sid !== undefined || from === undefined || !/^\+?\d+$/.test(from) || to === from;

const replyOf = (outcome: AnswerOutcome) => ({
  type: "text/xml" as const,
  body: `<?xml version="1.0" encoding="UTF-8"?><Response><Message>${REPLIES[outcome]}</Message></Response>`,
});
