import { testChannel, type Provider, type Scenario } from "tocsin/testkit";
import push from "./index.ts";
import { aDevice } from "./testing/device.ts";
import { startPushService, type Treatment } from "./testing/service.ts";

const TREATMENTS: Record<Scenario, Treatment> = {
  taken: "take",
  busy: { status: 429, retryAfter: "7" },
  failing: { status: 503 },
  refused: { status: 400 },
  lost: "cut",
  hanging: "hold",
};

/** The push service as the suite's provider. */
async function open(): Promise<Provider> {
  const service = await startPushService();
  const { subscription } = aDevice(`${service.url}/device`);
  return {
    config: { contact: "mailto:it@hospital.example", hosts: [service.host] },
    address: JSON.stringify([{ id: "device-1", ...subscription }]),
    busyForMs: 7_000,
    // A notification's topic: the service keeps its last message alone.
    key: "019a0000000070008000000000000001",
    behave(scenario) {
      service.messages.length = 0;
      service.treat(TREATMENTS[scenario]);
    },
    requests: () => service.messages.map(({ headers }) => ({ idempotencyKey: String(headers["topic"]) })),
    close: () => service.close(),
  };
}

testChannel(push, { open });
