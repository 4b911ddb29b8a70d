import { testChannel, type Provider, type Scenario } from "tocsin/testkit";
import email from "./index.ts";
import { reply, startMailServer, type Script } from "./testing/server.ts";

/** A mail server as the suite's provider. A request to send counts once the server has the whole message. */
async function open(): Promise<Provider> {
  const server = await startMailServer({ secure: true });
  let requests: { idempotencyKey: string | null }[] = [];
  const answers: Record<Scenario, Script["data"]> = {
    taken: undefined,
    busy: () => Promise.reject(reply(451, "4.7.1 made-up greylisting of quillfeather@clinic.example")),
    failing: () => Promise.reject(reply(421, "made-up outage")),
    refused: () => Promise.reject(reply(550, "5.1.1 no such person as Zebulon Quillfeather")),
    lost: () => server.drop(),
    hanging: () => new Promise(() => undefined),
  };
  const config = { host: "127.0.0.1", port: server.port, tls: "implicit", ca: server.cert };
  return {
    config: { ...config, from: "alerts@hospital.example" },
    address: "quillfeather@clinic.example",
    behave(scenario) {
      requests = [];
      server.script.data = async (raw) => {
        requests.push({ idempotencyKey: /^Message-ID: <(.+)@/im.exec(raw)?.[1] ?? null });
        await answers[scenario]?.(raw);
      };
    },
    requests: () => requests,
    close: () => server.close(),
  };
}

testChannel(email, { open });
