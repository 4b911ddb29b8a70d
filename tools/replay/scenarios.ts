import type { Knex } from "knex";
import { act } from "../../store/transitions/act.ts";
import type { Demo } from "../../store/demo.ts";
import { actAs } from "../../store/db/knex.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import { LiveClient } from "../../testing/live.ts";
import type { PagerServer } from "../pager/server.ts";
import { UnansweredList } from "../../api/unanswered/schema.ts";
import { aPolicy } from "../../testing/nouns.ts";
import { until } from "../../testing/until.ts";

/** A node and the services around it, in which scenarios run. */
export interface World {
  url: string;
  demo: Demo;
  knex: Knex;
  pager: PagerServer;
  /** Takes the bus away, or brings it back. */
  bus: { stop(): Promise<void>; start(): Promise<void> };
  /** Waits for a workflow's end. */
  ended(workflowId: string): Promise<void>;
}

const inSeconds = (seconds: number): string => new Date(Date.now() + 1_000 * seconds).toISOString();

/** Takes one way through the workflows; answers the workflow's id once it has ended. */
export type Scenario = (world: World) => Promise<string>;

const recipient = ({ demo }: World, role = "clinician", which = 0) => demoUser(demo, role, which);

async function post(world: World, body: Record<string, unknown>, which = 0): Promise<string> {
  const { user_id, territory_id } = recipient(world, "clinician", which);
  const message = { user_id, territory_id, message: "Potassium 6.8 mmol/L", ...body };
  const { status, body: answer } = await send(world.url, world.demo.api_key, message);
  if (status !== 202) throw new Error(`a send was answered ${status}`);
  return answer.notification_id;
}

async function postBroadcast(world: World, body: Record<string, unknown>): Promise<string> {
  const { territory_id } = recipient(world);
  const { broadcast_id }: { broadcast_id: string } = JSON.parse(
    await call(world, "broadcast", { territory_id, ...body }),
  );
  return broadcast_id;
}

async function call(world: World, name: string, body: object): Promise<string> {
  const response = await fetch(`${world.url}/api/notifications/${name}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${world.demo.api_key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${name} was answered ${response.status}`);
  return await response.text();
}

async function connect(
  world: World,
  role = "clinician",
  which = 0,
): Promise<{ person: Person; live: LiveClient }> {
  const person = await Person.signIn(world.url, recipient(world, role, which));
  return { person, live: await new LiveClient(person).connected() };
}

/** Posts a send and waits until its workflow has ended. */
const simple =
  (body: Record<string, unknown>, which = 0): Scenario =>
  async (world) => {
    const id = await post(world, body, which);
    await world.ended(id);
    return id;
  };

const watched =
  (scenario: (world: World, one: { person: Person; live: LiveClient }) => Promise<string>): Scenario =>
  async (world) => {
    const one = await connect(world);
    try {
      const id = await scenario(world, one);
      await world.ended(id);
      return id;
    } finally {
      await one.live.stop();
    }
  };

/** Rules that tell somebody when nobody has acknowledged after a while. */
const rules = (
  world: World,
  to: { recipient: true } | { role: "supervisor" },
  { after_seconds = 1, repeat = 0 } = {},
): Promise<string> =>
  aPolicy(world, {
    territory: targetOf(recipient(world)).territory_id,
    rules: { steps: [{ after_seconds, to }], repeat, acknowledgers: 1 },
    isDefault: false,
  });

/** Every way through a workflow; the names are those of the files. */
export const scenarios: Record<string, Scenario> = {
  delivered: watched(async (world, { live }) => {
    const id = await post(world, {});
    await live.sees(id);
    return id;
  }),

  offline: simple({ channels: ["websocket"] }, 1),

  retried: watched(async (world, { live }) => {
    // The node tells its own sockets without the bus: what was confirmed by then needs no attempt.
    live.confirm(false);
    await world.bus.stop();
    const id = await post(world, {});
    await until("an attempt failed", async () => {
      const rows = await actAs(world.knex, `worker:${id}`, (trx) =>
        trx("delivery_events").where({ notification_id: id, reason: "bridge_unavailable" }),
      );
      return rows.length > 0;
    });
    await world.bus.start();
    live.confirm(true);
    return id;
  }),

  scheduled: (world) => simple({ channels: ["websocket"], send_at: inSeconds(2) }, 1)(world),

  cancelled: async (world) => {
    const id = await post(world, { send_at: inSeconds(3_600) });
    await fetch(`${world.url}/api/notifications/${id}/cancel`, {
      method: "POST",
      headers: { Authorization: `Bearer ${world.demo.api_key}` },
    });
    await world.ended(id);
    return id;
  },

  expired: async (world) => {
    const escalation_policy_id = await rules(world, { recipient: true }, { after_seconds: 15 });
    return await simple({ channels: ["websocket"], expires_at: inSeconds(12), escalation_policy_id })(world);
  },

  acknowledged: watched(async (world, { person, live }) => {
    const id = await post(world, { priority: "critical" });
    await live.sees(id);
    await person.act(id, "acknowledge");
    return id;
  }),

  "signal-lost": watched(async (world, { live }) => {
    const id = await post(world, { escalation_policy_id: await rules(world, { recipient: true }) });
    await live.sees(id);
    // Changed in the database itself: nobody tells the workflow, which finds out when it comes to escalate.
    await act(world.knex, recipient(world).user_id, id, { kind: "acknowledge" });
    return id;
  }),

  escalated: watched(async (world) => {
    const { person: supervisor, live } = await connect(world, "supervisor");
    try {
      const id = await post(world, {
        priority: "critical",
        escalation_policy_id: await rules(world, { role: "supervisor" }, { repeat: 1 }),
      });
      const copy = await until("the supervisor is told", () =>
        live.shown.find((one) => one.escalated_from === id),
      );
      await supervisor.act(copy.notification_id, "acknowledge");
      return id;
    } finally {
      await live.stop();
    }
  }),

  "nobody-acknowledged": async (world) => {
    const id = await post(world, {
      escalation_policy_id: await rules(world, { recipient: true }, { repeat: 1 }),
    });
    const supervisor = await Person.signIn(world.url, recipient(world, "supervisor"));
    // After the rules' steps comes the last resort, for as long as nobody acknowledges or closes the alert.
    await until("both steps are taken", async () => {
      const { unanswered } = UnansweredList.parse(await (await supervisor.fetch("/api/unanswered")).json());
      return unanswered.some(({ notification_id, steps }) => notification_id === id && steps >= 2);
    });
    const closed = await supervisor.fetch(`/api/unanswered/${id}/close`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ reason: "The ward was called" }),
    });
    if (!closed.ok) throw new Error(`closing the alert was answered ${closed.status}`);
    await world.ended(id);
    return id;
  },

  plugin: simple({ channels: ["pager", "websocket"] }),

  "plugin-fallback": simple({ channels: ["websocket", "pager"] }),

  "plugin-retried": async (world) => {
    world.pager.answer = ({ attempt }) => (attempt === 1 ? 503 : 200);
    try {
      return await simple({ channels: ["pager"] })(world);
    } finally {
      world.pager.answer = () => 200;
    }
  },

  bulk: async (world) => {
    const { user_id, territory_id } = recipient(world);
    const notifications = ["first", "second"].map((message) => ({ user_id, territory_id, message }));
    await call(world, "send-bulk", { notifications });
    const workflowId = `bulk/${territory_id}`;
    await until("what brings the bulk into inboxes has ended", () =>
      world.ended(workflowId).then(
        () => true,
        () => false,
      ),
    );
    return workflowId;
  },

  broadcast: async (world) => {
    const id = await postBroadcast(world, { message: "The pharmacy system is read-only from 22:00" });
    await world.ended(id);
    return id;
  },

  "broadcast-alert": watched(async (world) => {
    const { person: supervisor, live } = await connect(world, "supervisor");
    try {
      const id = await postBroadcast(world, {
        message: "Evacuate level 3",
        priority: "critical",
        escalation_policy_id: await rules(world, { role: "supervisor" }),
      });
      const copy = await until("the supervisor is told of the alert", () =>
        live.shown.find((one) => one.escalated_from === id),
      );
      await supervisor.act(copy.notification_id, "acknowledge");
      return id;
    } finally {
      await live.stop();
    }
  }),

  redelivered: async (world) => {
    const id = await simple({ channels: ["pager"] })(world);
    const supervisor = await Person.signIn(world.url, recipient(world, "supervisor"));
    const { deliveries } = await supervisor.timeline(id);
    await supervisor.fetch(`/api/deliveries/${deliveries[0]?.delivery_id}/redeliver`, { method: "POST" });
    const round: number = await until("there is another round", async () =>
      actAs(
        world.knex,
        `worker:${id}`,
        async (trx) => (await trx("deliveries").max("round as round").first())?.["round"],
      ),
    );
    await world.ended(`${id}/round/${round}`);
    return `${id}/round/${round}`;
  },
};
