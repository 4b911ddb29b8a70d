import { expect, test } from "vitest";
import { deliverable, testChannel, toolsFor, type Provider, type Scenario } from "tocsin/testkit";
import type { Outcome } from "tocsin/channel";
import channel from "./index.ts";
import { startEngine, type Behaviour, type Engine } from "./fixture.ts";

const BEHAVIOURS: Record<Scenario, Behaviour> = {
  taken: "AA",
  busy: "AR",
  failing: "AR",
  refused: "AE",
  lost: "cut",
  hanging: "hang",
};

const idOf = (message: string): string | null => message.split("|")[9] ?? null;

/** The fixture as the suite's provider. MLLP can't say how long to wait, so there is no `busyForMs`. */
async function open(): Promise<Provider> {
  const engine = await startEngine();
  return {
    config: { host: "127.0.0.1", port: engine.port, tls: false },
    address: "ward-4.station",
    behave(scenario) {
      engine.behaviour = BEHAVIOURS[scenario];
      engine.messages.length = 0;
    },
    requests: () => engine.messages.map((message) => ({ idempotencyKey: idOf(message) })),
    close: () => engine.close(),
  };
}

testChannel(channel, { open });

async function deliver(engine: Engine, text: string): Promise<Outcome> {
  const config = channel.config.parse({ host: "127.0.0.1", port: engine.port, tls: false });
  const instance = await channel.start(config, toolsFor(channel, channel.hosts(config)));
  const { message, ...rest } = deliverable({ address: "ward-4.station" });
  return instance.deliver({ ...rest, message: { ...message, title: null, text } });
}

test("sends one message of three segments, whatever its text holds, and ends the connection itself", async () => {
  const engine = await startEngine();
  const outcome = await deliver(engine, "K+ 6.8 | 4^B & ~\\F\nline\x1c\r2");
  await engine.left;
  await engine.close();
  expect(outcome).toEqual({ kind: "accepted" });
  expect(engine.messages).toHaveLength(1);
  const [header, text, to, ...rest] = engine.messages[0]?.split("\r") ?? [];
  expect(header).toBe(
    "MSH|^~\\&|TOCSIN||ALARMS||20260101000000+0000||ORU^R40^ORU_R40|019a0000-0000-7000-8000-000000000002|P|2.8",
  );
  expect(text?.split("|")[5]).toBe("K+ 6.8 \\F\\ 4\\S\\B \\T\\ \\R\\\\E\\F\\.br\\line \\.br\\2");
  expect([to, rest]).toEqual(["PRT|1|UC||AAP||ward-4.station", []]);
});

test("an acknowledgement of another message says nothing of this one", async () => {
  const engine = await startEngine();
  engine.behaviour = "other";
  expect(await deliver(engine, "Hello")).toEqual({ kind: "unknown", code: "answer_unreadable" });
  await engine.close();
});
