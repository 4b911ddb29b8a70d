import {
  defineChannel,
  outcomeOfError,
  outcomeOfResponse,
  type CheckResult,
  type Deliverable,
  type Outcome,
} from "tocsin/channel";
import { z } from "zod";

/** What `CHANNEL_SLACK` holds. Unknown keys are refused, so that a misspelt one is not silently ignored. */
const configSchema = z.strictObject({
  /** A bot token with the scope `chat:write`. */
  token: z.string().regex(/^xoxb-[\w-]+$/, "must be a bot token, xoxb-…"),
  /** Link to the inbox, put under the text. */
  inbox_url: z.url({ protocol: /^https?$/ }).optional(),
  base_url: z.url({ protocol: /^https?$/ }).default("https://slack.com/api"),
});

/** A member's id (in Slack: profile, ⋮, "Copy member ID"). Names change, ids don't. */
const MEMBER_ID = /^[UW][A-Z0-9]{6,30}$/;
/** A check is a question, not a delivery: it waits less, in ms. */
const CHECK_TIMEOUT_MS = 4_500;

/** Slack answers 200 to what it refuses, too: `ok` tells. */
const answerSchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  channel: z.string().optional(),
  ts: z.string().optional(),
});
type Answer = z.infer<typeof answerSchema>;

/** The errors that we tell apart (https://docs.slack.dev/reference/methods/chat.postMessage#errors). */
const ERRORS: ReadonlyMap<string, "retry" | "reject" | "unknown"> = new Map([
  ["ratelimited", "retry"],
  ["rate_limited", "retry"],
  ["service_unavailable", "retry"],
  ["request_timeout", "retry"],
  ["team_added_to_org", "retry"],
  // "It's possible some aspect of the operation succeeded before the error was raised."
  ["internal_error", "unknown"],
  ["fatal_error", "unknown"],
  ["channel_not_found", "reject"],
  ["is_archived", "reject"],
  ["restricted_action", "reject"],
  ["missing_scope", "reject"],
  ["not_authed", "reject"],
  ["invalid_auth", "reject"],
  ["token_revoked", "reject"],
  ["token_expired", "reject"],
  ["account_inactive", "reject"],
]);

/** Direct messages in Slack, from a bot, by chat.postMessage. `accepted`: Slack doesn't tell who has read what. */
export default defineChannel({
  name: "slack",
  config: configSchema,
  hosts: ({ base_url }) => [new URL(base_url).host],
  phi: "none",
  idempotent: false,
  address: (text) => (MEMBER_ID.test(text) ? text : null),
  start: ({ token, inbox_url, base_url }, { fetch }) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" };
    const call = (method: string, body: object, signal: AbortSignal): Promise<Response> =>
      fetch(`${base_url}/${method}`, { method: "POST", headers, body: JSON.stringify(body), signal });

    async function deliver({ message, recipient, signal }: Deliverable): Promise<Outcome> {
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      const lines = [message.title, message.text, inbox_url].filter((line) => typeof line === "string");
      const text = escape((message.priority === "critical" ? "CRITICAL: " : "") + lines.join("\n"));
      const post = {
        channel: recipient.address,
        text,
        mrkdwn: false,
        unfurl_links: false,
        unfurl_media: false,
      };
      try {
        const response = await call("chat.postMessage", post, signal);
        return response.ok ? outcomeOf(await read(response)) : outcomeOfResponse(response);
      } catch (error) {
        return outcomeOfError(error);
      }
    }

    async function check(): Promise<CheckResult> {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      try {
        const response = await call("auth.test", {}, signal);
        const answer = await read(response);
        if (response.ok && answer?.ok === true) return { ok: true };
        return { ok: false, code: response.ok ? slugOf(answer) : `http_${response.status}` };
      } catch {
        return { ok: false, code: signal.aborted ? "timeout" : "unreachable" };
      }
    }

    return { deliver, check };
  },
});

/** Keeps text from becoming a mention or a link (https://docs.slack.dev/messaging/formatting-message-text). */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

async function read(response: Response): Promise<Answer | undefined> {
  const text = await response.text();
  try {
    return answerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function outcomeOf(answer: Answer | undefined): Outcome {
  if (answer === undefined) return { kind: "unknown", code: "answer_unreadable" };
  const { ok, error, channel, ts } = answer;
  if (!ok) return { kind: ERRORS.get(error ?? "") ?? "reject", code: slugOf(answer) };
  return { kind: "accepted", ...(channel && ts ? { providerId: `${channel}:${ts}` } : {}) };
}

/** Slack's error where we know it: nothing that a provider says is passed on unseen. */
function slugOf(answer: Answer | undefined): string {
  return answer?.error !== undefined && ERRORS.has(answer.error) ? answer.error : "refused";
}
