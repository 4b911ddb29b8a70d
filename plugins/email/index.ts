import { createRequire } from "node:module";
import { defineChannel, type CheckResult, type Deliverable, type Outcome } from "tocsin/channel";
import { addrSpec } from "./address.ts";
import { configSchema, portOf } from "./config.ts";
import { checkResultOf, outcomeOf } from "./outcome.ts";
import { Failure } from "./failure.ts";

/** A check is a question, not a delivery: it waits less, in ms. */
const CHECK_TIMEOUT_MS = 4_500;

// What writes and sends messages is loaded where email is on. That it is installed shows wherever the plugin is found.
createRequire(import.meta.url).resolve("nodemailer");

/**
 * Email over SMTP: one message, one recipient, one session. `accepted` means that the server took it; SMTP tells
 * nothing about what becomes of it later. Servers do not dedupe, so an unfinished attempt is not made again.
 */
export default defineChannel({
  name: "email",
  config: configSchema,
  hosts: (config) => [`${config.host.includes(":") ? `[${config.host}]` : config.host}:${portOf(config)}`],
  phi: "redacted",
  idempotent: false,
  timeoutMs: 60_000,
  address: (text) => addrSpec(text),
  start: async (config, { connect, log }) => {
    const [{ compose, messageIdOf }, { openSession }] = await Promise.all([
      import("./compose.ts"),
      import("./session.ts"),
    ]);
    async function deliver({ message, recipient, asks, unsubscribe, signal }: Deliverable): Promise<Outcome> {
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      const to = addrSpec(recipient.address);
      if (to === null) return { kind: "reject", code: "invalid_address" };
      try {
        const content = await compose(config, message, to, {
          answer: asks?.url ?? null,
          unsubscribe: unsubscribe ?? null,
        });
        const session = await openSession(config, connect, signal);
        await session.send({ from: config.bounces_to ?? config.from, to }, content);
        session.quit();
        return { kind: "accepted", providerId: messageIdOf(config, message.deliveryId) };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const { stage, reply, status } = error;
        log.info({ deliveryId: message.deliveryId, stage, reply, status }, "email not taken");
        return outcomeOf(error);
      }
    }

    async function check(): Promise<CheckResult> {
      try {
        (await openSession(config, connect, AbortSignal.timeout(CHECK_TIMEOUT_MS))).quit();
        return { ok: true };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return checkResultOf(error);
      }
    }

    return { deliver, check };
  },
});
