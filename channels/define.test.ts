import { describe, expect, test } from "vitest";
import { z } from "zod";
import { assertChannel, assertInstance, defineChannel } from "./define.ts";
import { ChannelError } from "./channel-error.ts";

const sound = {
  name: "pager",
  config: z.object({}),
  hosts: () => [],
  phi: "none",
  idempotent: false,
  start: () => ({ deliver: async () => ({ kind: "accepted" }), check: async () => ({ ok: true }) }),
};

describe("a channel's declaration", () => {
  test("that is sound is frozen", () => {
    assertChannel(sound, "test");
    expect(Object.isFrozen(defineChannel(sound))).toBe(true);
  });

  test.each<[string, object, string]>([
    ["name", { name: "Pager 1" }, "a–z"],
    ["name", { name: "plugins" }, "reserved"],
    ["name", { name: "pager_file" }, "reserved"],
    ["config", { config: {} }, "zod"],
    ["hosts", { hosts: ["api.example.com"] }, "hosts: (config) =>"],
    ["start", { start: undefined }, "start: (config"],
    ["phi", { phi: "full" }, '"redacted"'],
    ["idempotent", { idempotent: "yes" }, "true only when"],
    ["timeoutMs", { timeoutMs: 0 }, "1 to 120000"],
    ["timeoutMs", { timeoutMs: 1e9 }, "1 to 120000"],
  ])("with a wrong %s (%j) is refused by name, with a remedy", (field, wrong, remedy) => {
    const act = (): void => assertChannel({ ...sound, ...wrong }, "plugins/pager");
    expect(act).toThrow(ChannelError);
    expect(act).toThrow(field);
    expect(act).toThrow(remedy);
    expect(act).toThrow(field === "name" ? /"(Pager 1|plugins|pager_file)"/ : '"pager"');
  });

  test.each([[undefined], [null], ["pager"], [() => sound]])(
    "that is %s is refused by its source",
    (value) => {
      expect(() => assertChannel(value, "plugins/pager")).toThrow(/plugins\/pager.*defineChannel/);
    },
  );
});

test("what start returns must deliver and check; status and stop are functions or absent", () => {
  const instance = sound.start();
  expect(() => assertInstance(instance, "pager")).not.toThrow();
  expect(() => assertInstance({ deliver: instance.deliver }, "pager")).toThrow('"pager": start().check');
  expect(() => assertInstance(undefined, "pager")).toThrow('"pager": start().deliver');
  expect(() => assertInstance({ ...instance, status: true }, "pager")).toThrow("start().status");
});
