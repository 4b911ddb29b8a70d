import { defineChannel, outcomeOfError } from "tocsin/channel";
import { z } from "zod";

/** A channel that the tests can watch: it posts each attempt to a server of theirs, whose status decides the outcome. */
export default defineChannel({
  name: "pager",
  config: z.object({ url: z.url() }),
  hosts: ({ url }) => [new URL(url).host],
  phi: "redacted",
  idempotent: false,
  timeoutMs: 3_000,
  start: ({ url }, { fetch }) => ({
    deliver: async ({ message, recipient, attempt, idempotencyKey, signal }) => {
      const body = JSON.stringify({ ...message, ...recipient, attempt, idempotencyKey });
      try {
        const { status } = await fetch(url, { method: "POST", body, signal });
        if (status === 200) return { kind: "delivered" };
        return status === 503
          ? { kind: "retry", code: "busy", afterMs: 300 }
          : { kind: "reject", code: "refused" };
      } catch (error) {
        return outcomeOfError(error);
      }
    },
    check: async () => ({ ok: true }),
  }),
});
