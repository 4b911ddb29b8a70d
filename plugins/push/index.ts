import { createRequire } from "node:module";
import { defineChannel, type CheckResult, type Deliverable, type Outcome } from "tocsin/channel";
import { configSchema } from "./config.ts";
import { payloadOf, topicOf } from "./payload.ts";
import { readSubscriptions, typedSubscriptions } from "./subscription.ts";
import { vapidKeys } from "./vapid.ts";

/** A check is a question, not a delivery: it waits less, in ms. */
const CHECK_TIMEOUT_MS = 4_500;
// What seals messages is loaded where push is on. That it is installed shows wherever the plugin is found.
createRequire(import.meta.url).resolve("web-push");

const LOOPBACK = /^(127\.0\.0\.1|\[::1\]|localhost)(:|$)/;

/**
 * Web Push (RFC 8030) to the browsers that people added in their preferences. What is sent names the notification and says nothing of it, and is sealed for the browser
 * (RFC 8291). A push service keeps one message of a notification, and a device shows one, so an unfinished attempt may be made again.
 */
export default defineChannel({
  name: "push",
  config: configSchema,
  hosts: ({ hosts }) => hosts,
  phi: "none",
  idempotent: true,
  address: typedSubscriptions,
  start: async ({ contact, hosts, ttl }, { fetch, log, secret }) => {
    const { send, together } = await import("./send.ts");
    const keys = vapidKeys(secret);
    const way = { fetch, keys, contact };

    async function deliver(deliverable: Deliverable): Promise<Outcome> {
      const { message, recipient, attempt, signal } = deliverable;
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      const devices = readSubscriptions(recipient.address);
      if (devices === null) return { kind: "reject", code: "bad_address" };
      if (signal.aborted) return { kind: "retry", code: "aborted" };
      const urgency = message.urgency === "normal" ? "normal" : "high";
      const sent = { payload: payloadOf(deliverable), topic: topicOf(deliverable), urgency, ttl } as const;
      const outcome = together(await outcomesOf(devices.map((device) => send(device, sent, way, signal))));
      if (outcome.kind !== "accepted") {
        const { deliveryId } = message;
        log.info({ deliveryId, attempt, devices: devices.length, outcome: outcome.kind }, "push not taken");
      }
      return outcome;
    }

    /** What became of those that could be asked: one that breaks takes nothing from the others. @throws where all of them broke */
    async function outcomesOf(sending: Promise<Outcome>[]): Promise<Outcome[]> {
      const settled = await Promise.allSettled(sending);
      const broken = settled.filter((one) => one.status === "rejected");
      if (broken.length === sending.length) throw broken[0]?.reason;
      if (broken.length > 0) log.error({ devices: broken.length }, "devices could not be sent to");
      return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    }

    /** A push service says nothing of itself without a message: that one of them answers is all there is to know. */
    async function check(): Promise<CheckResult> {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const named = hosts.filter((host) => !host.startsWith("*."));
      const asked = named.map((host) =>
        fetch(`${LOOPBACK.test(host) ? "http" : "https"}://${host}/`, { method: "HEAD", signal }),
      );
      const answers = await Promise.allSettled(asked);
      if (named.length === 0 || answers.some(({ status }) => status === "fulfilled")) return { ok: true };
      return { ok: false, code: signal.aborted ? "timeout" : "unreachable" };
    }

    return { deliver, check, deviceKey: keys.publicKey };
  },
});
