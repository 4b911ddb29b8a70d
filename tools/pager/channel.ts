import { defineChannel, type Deliverable, type Outcome, outcomeOfError } from "tocsin/channel";
import { z } from "zod";

/**
 * A channel that tests and measurements can watch: it posts each attempt to the server of `server.ts`, whose status
 * decides the outcome. Where that is 202, a report may follow, whose id is the idempotency key.
 */
export default defineChannel({
  name: "pager",
  /** With `resolves`, what it brought is ended there once its alert is over. */
  config: z.object({ url: z.url(), resolves: z.boolean().default(false) }),
  hosts: ({ url }) => [new URL(url).host],
  phi: "redacted",
  idempotent: false,
  timeoutMs: 3_000,
  start: ({ url, resolves }, { fetch }) => {
    const post = async ({
      message,
      recipient,
      attempt,
      idempotencyKey,
      ends,
      signal,
    }: Deliverable): Promise<Outcome> => {
      const body = JSON.stringify({ ...message, ...recipient, attempt, idempotencyKey, ends });
      const answer = await fetch(url, { method: "POST", body, signal }).catch(outcomeOfError);
      if (!(answer instanceof Response)) return answer;
      switch (answer.status) {
        case 200:
          return { kind: "delivered" };
        case 202:
          return { kind: "accepted", providerId: idempotencyKey };
        case 503:
          return { kind: "retry", code: "busy", afterMs: 300 };
        case 500:
          // Badly written plugins throw things that are no Error.
          return await Promise.reject(null);
        default:
          return { kind: "reject", code: "refused" };
      }
    };
    return {
      deliver: post,
      ...(resolves ? { over: post } : {}),
      check: async () => ({ ok: true }),
      status: async ({ body }) => {
        const told = JSON.parse(Buffer.from(body).toString());
        return "answer" in told
          ? { kind: "updates", updates: [], answers: [told] }
          : { kind: "updates", updates: [told] };
      },
    };
  },
});
