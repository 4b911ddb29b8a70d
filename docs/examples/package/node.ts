/** Delivers once through a channel as a node would, and prints what came of it: `node node.ts NAME ADDRESS`. */
import { readChannelSettings } from "../../../config/channels.ts";
import { createCounters } from "../../../config/counters.ts";
import { createRegistry } from "../../../channels/registry.ts";
import { attempt } from "../../../channels/outcome.ts";

const [name = "", address = null] = process.argv.slice(2);
const silent = (): void => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const settings = readChannelSettings(process.env);
const registry = await createRegistry({
  builtIn: [],
  settings,
  log,
  counters: createCounters(null),
  derive: () => "",
});
const running = registry.get(name);
if (running === undefined) throw new Error(`${name} is off`);
const id = "019a0000-0000-7000-8000-000000000001";
const settled = await attempt(running.channel, running.instance, {
  message: {
    notificationId: id,
    deliveryId: id,
    seq: 1,
    category: "system_message",
    priority: "normal",
    urgency: "normal",
    title: null,
    text: "You have a message.",
    createdAt: new Date().toISOString(),
  },
  recipient: { userId: "person-1", inboxId: "inbox-1", address },
  purpose: "notification",
  attempt: 1,
  idempotencyKey: id,
  signal: new AbortController().signal,
});
const check = (await registry.checks()).find((state) => state.name === name);
await registry.stop();
process.stdout.write(`${JSON.stringify({ settled, state: check?.state, detail: check?.detail })}\n`);
