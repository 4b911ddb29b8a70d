import { testChannel } from "../testkit.ts";
import { createLocalBridge } from "./local-bridge.ts";
import { websocketChannel } from "./channel.ts";

const bridge = createLocalBridge();

testChannel(websocketChannel(bridge), {
  scenarios: ["taken"],
  async open() {
    let ids: string[] = [];
    const stop = await bridge.subscribe("inbox-1", ({ id }) => {
      ids.push(id);
      bridge.hint(id);
    });
    return {
      config: {},
      address: null,
      key: "019a0000-0000-7000-8000-000000000001",
      behave: () => void (ids = []),
      requests: () => ids.map((id) => ({ idempotencyKey: id })),
      close: stop,
    };
  },
});
