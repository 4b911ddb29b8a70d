import { format } from "node:util";
import { expect } from "vitest";
import type { ChannelTools } from "../plugin.ts";
import { attempt, checkOf, settle } from "../outcome.ts";
import type { Check } from "./check.ts";
import { start } from "./delivery.ts";
import { CANARY, deliverable, SCENARIOS, toolsFor } from "./fixture.ts";

const reachesHosts: NonNullable<Check["applies"]> = (channel, config) => channel.hosts(config).length > 0;

const CONSOLE = ["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const;

/** Collects what is written by `console` meanwhile, as a plugin in the program would write it into the program's output. */
async function hearingConsole<T>(lines: unknown[], run: () => Promise<T>): Promise<T> {
  const before = { ...console };
  for (const method of CONSOLE) console[method] = (...words: unknown[]) => void lines.push(format(...words));
  try {
    return await run();
  } finally {
    Object.assign(console, before);
  }
}

export const safetyChecks: Check[] = [
  {
    name: "puts no text, address or provider's words into outcomes, logs and the console",
    needs: SCENARIOS,
    async run(channel, provider) {
      const secrets = [
        CANARY,
        ...CANARY.split(/[ ,]+/).filter((word) => word.length > 3),
        provider.address ?? CANARY,
      ];
      for (const scenario of ["taken", "busy", "failing", "refused", "lost"] as const) {
        await provider.behave(scenario);
        const lines: unknown[] = [];
        const outcome = await hearingConsole(lines, async () => {
          const instance = await start(channel, provider, lines);
          const outcome = await instance.deliver(deliverable(provider, new AbortController().signal));
          await instance.stop?.();
          return outcome;
        });
        expect(settle(outcome).reason, `the code of ${scenario} must be a slug`).not.toBe("invalid_code");
        const written = JSON.stringify([outcome, lines]);
        for (const secret of secrets) expect(written.includes(secret), `${scenario}: ${secret}`).toBe(false);
      }
    },
  },
  {
    name: "reaches its hosts through the tools it is given, and no others",
    applies: reachesHosts,
    async run(channel, provider) {
      await provider.behave("taken");
      const config = channel.config.parse(provider.config);
      const instance = await channel.start(config, toolsFor(channel, []));
      const { status } = await attempt(
        channel,
        instance,
        deliverable(provider, new AbortController().signal),
      );
      expect(["accepted", "delivered"], "delivered without its declared hosts").not.toContain(status);
      expect(provider.requests()).toHaveLength(0);
      await instance.stop?.();
    },
  },
  {
    name: "survives tools that throw what is no Error",
    applies: reachesHosts,
    async run(channel, provider) {
      const config = channel.config.parse(provider.config);
      for (const thrown of [null, undefined, "text", 7]) {
        const fail = (): Promise<never> => Promise.reject(thrown);
        const tools: ChannelTools = { ...toolsFor(channel, []), fetch: fail, connect: fail };
        const instance = await channel.start(config, tools);
        const { status } = await attempt(
          channel,
          instance,
          deliverable(provider, new AbortController().signal),
        );
        expect(["failed", "queued", "unknown"]).toContain(status);
        await instance.stop?.();
      }
    },
  },
  {
    name: "sends nothing in check, and says no rather than throws when the provider can't be reached",
    async run(channel, provider) {
      await provider.behave("taken");
      const instance = await start(channel, provider);
      expect(await checkOf(instance, 5_000)).toEqual({ ok: true });
      expect(provider.requests()).toHaveLength(0);
      await instance.stop?.();
      const config = channel.config.parse(provider.config);
      if (channel.hosts(config).length === 0) return;
      const cutOff = await channel.start(config, toolsFor(channel, []));
      const result = await checkOf(cutOff, 5_000);
      expect(result).toMatchObject({ ok: false });
      expect(result).not.toMatchObject({ code: "plugin_error" });
      expect(result).not.toMatchObject({ code: "invalid_code" });
      await cutOff.stop?.();
    },
  },
  {
    name: "can be started twice side by side: it keeps nothing outside its instances",
    needs: ["taken"],
    async run(channel, provider) {
      await provider.behave("taken");
      const [first, second] = await Promise.all([start(channel, provider), start(channel, provider)]);
      await first.stop?.();
      const outcome = await second.deliver(deliverable(provider, new AbortController().signal));
      expect(["accepted", "delivered"]).toContain(outcome.kind);
      await second.stop?.();
    },
  },
];
