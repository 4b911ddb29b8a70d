import { testChannel, type Provider, type Scenario } from "tocsin/testkit";
import { callbackForm, inboundForm, signForm } from "./fixture/callback.ts";
import { advance } from "./fixture/message.ts";
import { startTwilio, type Behaviour } from "./fixture/server.ts";
import sms from "./index.ts";
import { CALLBACK_URL, CALLED, PHONE, settings } from "./testing.ts";

const STATUSES = {
  accepted: "sent",
  delivered: "delivered",
  failed: "undelivered",
  unknown: "queued",
} as const;
/** More than any check sends. */
const MANY = 10;

/** The fixture as the suite's provider. */
async function open(): Promise<Provider> {
  const twilio = await startTwilio();
  const behaviours: Record<Scenario, Behaviour[]> = {
    taken: [],
    busy: [{ error: 20429, headers: { "retry-after": "7" } }],
    failing: [{ error: 20503 }],
    refused: [
      { status: 400, body: JSON.stringify({ code: 21211, message: `Invalid 'To' Phone Number: ${PHONE}` }) },
    ],
    lost: [{ cut: "after" }],
    hanging: [{ hold: new Promise(() => undefined) }],
  };
  return {
    config: { ...settings(twilio), answers: true },
    address: PHONE,
    busyForMs: 7_000,
    behave(scenario) {
      twilio.forms.length = 0;
      twilio.reset();
      for (let turn = 0; turn < MANY; turn++) twilio.next(...behaviours[scenario]);
    },
    requests: () => twilio.forms.map(() => ({ idempotencyKey: null })),
    callback({ providerId, outcome }) {
      const message = twilio.messages.find(({ sid }) => sid === providerId);
      if (message === undefined) throw new Error(`There is no message ${providerId}.`);
      advance(message, STATUSES[outcome]);
      const form = callbackForm(message);
      return {
        method: "POST",
        ...CALLED,
        headers: { "x-twilio-signature": signForm(twilio.authToken, CALLBACK_URL, form) },
        body: Buffer.from(form.toString()),
      };
    },
    answer(answer) {
      const body = answer === "acknowledge" ? "1" : " 9\n";
      const form = inboundForm({ accountSid: twilio.accountSid, from: PHONE, body });
      return {
        method: "POST",
        ...CALLED,
        headers: { "x-twilio-signature": signForm(twilio.authToken, CALLBACK_URL, form) },
        body: Buffer.from(form.toString()),
      };
    },
    close: () => twilio.close(),
  };
}

testChannel(sms, { open });
