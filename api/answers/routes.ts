import { route } from "../http/route.ts";
import { ByToken, LinkAnswer, LinkAnswered } from "./schema.ts";

/** The calls behind the links that messages carry, for whoever has one. */
export const answers = {
  answer: route({
    method: "POST",
    path: "/api/answers",
    id: "answerByLink",
    tag: "Channels",
    summary: "Acknowledge or decline by the link that a message had, once, within a day",
    caller: "anyone",
    body: LinkAnswer,
    answers: { 200: { body: LinkAnswered } },
    problems: ["forbidden", "gone", "conflict", "too-many", "unavailable"],
  }),
  unsubscribe: route({
    method: "POST",
    path: "/api/unsubscribe/{token}",
    id: "unsubscribe",
    tag: "Channels",
    summary:
      "A mail program's one-click unsubscribe (RFC 8058): no more by that channel, but for what is critical. The body is List-Unsubscribe=One-Click, as a form",
    caller: "provider",
    params: ByToken,
    answers: { 204: {} },
    problems: ["undecodable", "not-found", "too-large", "too-many", "unavailable"],
  }),
};
