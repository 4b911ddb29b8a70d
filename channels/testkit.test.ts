import { describe, expect, test } from "vitest";
import { checksOf } from "./conformance/checks.ts";
import { sample, startSampleProvider, type SampleConfig } from "./conformance/sample.ts";
import type { Channel, ChannelInstance, ChannelTools } from "./plugin.ts";
import { testChannel } from "./testkit.ts";

testChannel(sample, { open: startSampleProvider });

type Change = (
  instance: ChannelInstance,
  tools: ChannelTools,
  config: SampleConfig,
) => Partial<ChannelInstance>;

/** The sample with something wrong in it. */
function broken(change: Change, fields: Partial<Channel<SampleConfig>> = {}): Channel<SampleConfig> {
  return {
    ...sample,
    ...fields,
    async start(config, tools) {
      const instance = await sample.start(config, tools);
      return { ...instance, ...change(instance, tools, config) };
    },
  };
}

/** Runs the one rule whose name begins so. */
async function run(rule: string, channel: Channel): Promise<void> {
  const check = checksOf(channel, { open: startSampleProvider }).find(({ name }) => name.startsWith(rule));
  if (check === undefined) throw new Error(`there is no rule ${rule}`);
  await check.run();
}

describe("the suite catches a channel that", () => {
  test.each<[string, string, Channel]>([
    [
      "uses Node's own fetch",
      "reaches its hosts through",
      broken((_instance, _tools, { url }) => ({
        async deliver() {
          await globalThis.fetch(`${url}/messages`, { method: "POST" });
          return { kind: "accepted" };
        },
      })),
    ],
    [
      "lets the provider's words out",
      "puts no text",
      broken((instance) => ({
        deliver: async (given) => {
          const outcome = await instance.deliver(given);
          return outcome.kind === "reject"
            ? { ...outcome, code: `bad recipient ${given.recipient.address}` }
            : outcome;
        },
      })),
    ],
    [
      "logs the text",
      "puts no text",
      broken((instance, { log }) => ({
        deliver: (given) => {
          log.info({ message: given.message }, "sending");
          return instance.deliver(given);
        },
      })),
    ],
    [
      "prints what it was told",
      "puts no text",
      broken((instance) => ({
        deliver: (given) => {
          // oxlint-disable-next-line no-console -- the suite must hear it
          console.log("sending", { to: given.recipient });
          return instance.deliver(given);
        },
      })),
    ],
    [
      "takes a lost answer for a success",
      "is unknown when the answer is lost",
      broken((instance) => ({
        deliver: async (given) => {
          const outcome = await instance.deliver(given);
          return outcome.kind === "unknown" ? { kind: "accepted" } : outcome;
        },
      })),
    ],
    [
      "makes a key of its own for each attempt",
      "passes on one idempotency key",
      broken((instance) => ({
        deliver: (given) =>
          instance.deliver({ ...given, idempotencyKey: `${given.idempotencyKey}-${given.attempt}` }),
      })),
    ],
    [
      "does not heed the signal",
      "sends nothing when aborted",
      broken((instance) => ({
        deliver: (given) => instance.deliver({ ...given, signal: AbortSignal.timeout(3_000) }),
      })),
    ],
    [
      "sends in its check",
      "sends nothing in check",
      broken((_instance, { fetch }, { url }) => ({
        async check() {
          await fetch(`${url}/messages`, { method: "POST" });
          return { ok: true };
        },
      })),
    ],
    [
      "retries what was refused for good",
      "rejects what the provider refuses",
      broken((instance) => ({
        deliver: async (given) => {
          const outcome = await instance.deliver(given);
          return outcome.kind === "reject" ? { kind: "retry", code: outcome.code } : outcome;
        },
      })),
    ],
    [
      "forgets the wait that was asked for",
      "retries when the provider is busy",
      broken((instance) => ({
        deliver: async (given) => {
          const outcome = await instance.deliver(given);
          return outcome.kind === "retry" ? { kind: "retry", code: outcome.code } : outcome;
        },
      })),
    ],
    [
      "believes any callback",
      "turns away a callback",
      broken((instance) => ({
        status: async (callback) => {
          const result = await instance.status?.(callback);
          return result?.kind === "updates" ? result : { kind: "updates", updates: [] };
        },
      })),
    ],
    [
      "believes any answer",
      "turns away an answer",
      broken((instance) => ({
        status: async (callback) => {
          const result = await instance.status?.(callback);
          return result?.kind === "updates" ? result : { kind: "updates", updates: [] };
        },
      })),
    ],
    [
      "takes the same answer for another one",
      "reads a signed answer",
      broken((instance) => {
        let times = 0;
        return {
          status: async (callback) => {
            const result = await instance.status?.(callback);
            if (result?.kind !== "updates") return { kind: "unauthentic" };
            const answers = result.answers?.map((one) => ({ ...one, answerId: `${(times += 1)}` })) ?? [];
            return { ...result, answers };
          },
        };
      }),
    ],
    ["ends nothing", "ends what it began", broken(() => ({ over: async () => ({ kind: "accepted" }) }))],
    [
      "gives up what can be ended later",
      "ends it later",
      broken((instance) => ({
        over: async (given) => {
          const outcome = (await instance.over?.(given)) ?? { kind: "accepted" };
          return outcome.kind === "retry" ? { kind: "reject", code: outcome.code } : outcome;
        },
      })),
    ],
    [
      "tries for ever to end what the provider refuses",
      "gives up what",
      broken((instance) => ({
        over: async (given) => {
          const outcome = (await instance.over?.(given)) ?? { kind: "accepted" };
          return outcome.kind === "reject" ? { kind: "retry", code: outcome.code } : outcome;
        },
      })),
    ],
    [
      "keeps state outside its instances",
      "can be started twice",
      ((): Channel<SampleConfig> => {
        let stopped = false;
        return broken((instance) => ({
          stop: () => void (stopped = true),
          deliver: (given) =>
            stopped ? Promise.resolve({ kind: "reject", code: "stopped" }) : instance.deliver(given),
        }));
      })(),
    ],
  ])("%s", async (_what, rule, channel) => {
    await run(rule, sample);
    await expect(run(rule, channel)).rejects.toThrow();
  });
});
