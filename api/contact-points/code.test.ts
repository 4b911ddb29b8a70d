import { expect, test } from "vitest";
import { sample, startSampleProvider } from "../../channels/conformance/sample.ts";
import { toolsFor } from "../../channels/conformance/fixture.ts";
import type { Deliverable } from "../../channels/plugin.ts";
import { sendCode } from "./code.ts";

test("a channel is told that it sends a code, not an alert", async () => {
  const provider = await startSampleProvider();
  const config = sample.config.parse(provider.config);
  const instance = await sample.start(config, toolsFor(sample, sample.hosts(config)));
  const given: Deliverable[] = [];
  const deliver: typeof instance.deliver = (deliverable) => {
    given.push(deliverable);
    return instance.deliver(deliverable);
  };
  const running = { channel: sample, instance: { ...instance, deliver }, address: (text: string) => text };
  const to = { userId: "person-1", channel: "sample", address: "someone@clinic.example" };
  const { status } = await sendCode(running, to, "123456");
  await provider.close();
  expect(status).toBe("accepted");
  expect(given).toMatchObject([
    { purpose: "code", message: { text: "Your Tocsin code is 123456" }, recipient: { address: to.address } },
  ]);
});
