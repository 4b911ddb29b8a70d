import {
  defineChannel,
  type CheckResult,
  type Deliverable,
  type Outcome,
  type StatusCallback,
  type StatusResult,
} from "tocsin/channel";
import { twilioApi } from "./api.ts";
import { hintOf, readAnswer } from "./answer.ts";
import { bodyOf } from "./body.ts";
import { slugOf } from "./codes.ts";
import { configSchema, type SmsConfig } from "./config.ts";
import { checkNumber, typedNumber } from "./number.ts";
import { send } from "./send.ts";
import { callbackUrl, readStatus } from "./status.ts";
import { velocity } from "./velocity.ts";

/** A check is a question, not a delivery: it waits less, in ms. */
const CHECK_TIMEOUT_MS = 4_500;

/**
 * SMS through Twilio's Messages API. `accepted` once Twilio has it; its signed callbacks say what became of it. The API
 * takes no idempotency key, so an unfinished attempt is not made again.
 */
export default defineChannel({
  name: "sms",
  config: configSchema,
  hosts: (config) => [new URL(config.base_url).host],
  phi: "redacted",
  idempotent: false,
  address: (text, config) => typedNumber(text, config.countries),
  start: (config, { fetch, log, limiter }) => {
    const api = twilioApi(config, fetch);
    const limits = velocity(config.velocity, limiter);

    async function deliver({ message, recipient, attempt, asks, signal }: Deliverable): Promise<Outcome> {
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      const number = checkNumber(recipient.address, config.countries);
      if (!number.ok) return { kind: "reject", code: number.code };
      const hint = config.answers && asks !== undefined ? hintOf(asks.code) : "";
      const body = bodyOf(message, config.max_segments, hint);
      if (body === "") return { kind: "reject", code: "empty_message" };
      if (attempt === 1 && !(await limits.allows(recipient.userId, number.prefix, message.urgency))) {
        return { kind: "reject", code: "throttled" };
      }
      const outcome = await send(api, formOf(config, number.e164, body, message.deliveryId), signal);
      if (outcome.kind !== "accepted") {
        log.info({ deliveryId: message.deliveryId, attempt, outcome: outcome.kind }, "sms not taken");
      }
      return outcome;
    }

    async function check(): Promise<CheckResult> {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      try {
        const { status, code } = await api.probe(signal);
        if (status >= 200 && status < 300) return { ok: true };
        return { ok: false, code: slugOf(code, status === 401 ? "auth_failed" : "provider_error") };
      } catch {
        return { ok: false, code: signal.aborted ? "timeout" : "unreachable" };
      }
    }

    let isSaid = false;
    /** Says once what is missing to check any signature. */
    async function status(callback: StatusCallback): Promise<StatusResult> {
      if (!isSaid && callback.origin === null && config.status_callback === undefined) {
        isSaid = true;
        log.warn({}, "no signature of a callback can be checked: set status_callback or PUBLIC_URL");
      }
      return readAnswer(config, callback) ?? readStatus(config, callback);
    }

    return { deliver, check, status };
  },
});

/** The form fields of https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource. */
function formOf(config: SmsConfig, to: string, body: string, deliveryId: string): Record<string, string> {
  const callback = callbackUrl(config, deliveryId);
  return {
    To: to,
    ...(config.from === undefined ? {} : { From: config.from }),
    ...(config.messaging_service_sid === undefined
      ? {}
      : { MessagingServiceSid: config.messaging_service_sid }),
    Body: body,
    ...(callback === undefined ? {} : { StatusCallback: callback }),
    ...(config.validity_period === undefined ? {} : { ValidityPeriod: String(config.validity_period) }),
  };
}
