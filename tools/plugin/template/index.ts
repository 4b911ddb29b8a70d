import {
  defineChannel,
  outcomeOfError,
  outcomeOfResponse,
  type CheckResult,
  type Deliverable,
  type Outcome,
} from "tocsin/channel";
import { z } from "zod";

/** The content of `CHANNEL_NEWCHANNEL`. Unknown keys are refused, so that a misspelt one is not silently ignored. */
const configSchema = z.strictObject({
  /** The provider's API. */
  url: z.url({ protocol: /^https?$/ }),
  /** Sent as a bearer token. */
  token: z.string().min(1),
});

/** An address as the provider knows people. */
const HANDLE = /^[A-Za-z0-9._-]{1,64}$/;
/** A check is a question, not a delivery: it waits less, in ms. */
const CHECK_TIMEOUT_MS = 4_500;

/** Posts each notification to the provider's API. `accepted` means that it answered 2xx. */
export default defineChannel({
  name: "newchannel",
  config: configSchema,
  hosts: ({ url }) => [new URL(url).host],
  // The provider gets "You have a message." alone. Write "redacted" once your agreement with it covers patient data.
  phi: "none",
  // Write true only when the provider dedupes by the idempotency key.
  idempotent: false,
  address: (text) => (HANDLE.test(text) ? text : null),
  start: ({ url, token }, { fetch }) => {
    const base = url.replace(/\/+$/, "");
    const authorization = `Bearer ${token}`;

    async function deliver({ message, recipient, idempotencyKey, signal }: Deliverable): Promise<Outcome> {
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      const text = message.title === null ? message.text : `${message.title}\n${message.text}`;
      try {
        const response = await fetch(`${base}/messages`, {
          method: "POST",
          headers: { authorization, "content-type": "application/json", "idempotency-key": idempotencyKey },
          body: JSON.stringify({ to: recipient.address, text }),
          signal,
        });
        return outcomeOfResponse(response);
      } catch (error) {
        return outcomeOfError(error);
      }
    }

    async function check(): Promise<CheckResult> {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      try {
        const { ok, status } = await fetch(`${base}/account`, { headers: { authorization }, signal });
        return ok ? { ok } : { ok, code: `http_${status}` };
      } catch {
        return { ok: false, code: signal.aborted ? "timeout" : "unreachable" };
      }
    }

    return { deliver, check };
  },
});
