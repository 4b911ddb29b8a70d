import type { Knex } from "knex";
import { createEscalate } from "../../activities/escalate.ts";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import { act } from "../../store/transitions/act.ts";
import { closeCopies } from "../../store/transitions/follow.ts";
import { persisted } from "./broadcast.ts";
import type { Clients } from "./clients.ts";
import { quiet } from "./lanes.ts";
import { median } from "./measure.ts";
import type { Recipient } from "./people.ts";
import type { Report } from "./report.ts";

const CHANNELS = ["websocket", "pager"];
/** Every clinician of the territory, each of whom may end it. */
const RULES = {
  steps: [{ after_seconds: 600, to: { role: "clinician" } }],
  repeat: 0,
  acknowledgers: 1,
};

/**
 * A role of a territory that is as large as a crowd: how long a broadcast to all of them takes, by the node; and, by this process alone, a step
 * that tells all of them and an acknowledgement that closes what all of them have. Medians of the rounds.
 */
export async function largeRole(
  knex: Knex,
  clients: Clients,
  { userId, territoryId }: Recipient,
  rounds: number,
): Promise<Report> {
  const escalate = createEscalate({
    knex,
    channels: { names: () => CHANNELS, get: () => undefined },
    bridge: createLocalBridge(),
    log: createLog("silent"),
  });
  const seconds = {
    broadcast: [] as number[],
    step: [] as number[],
    first: [] as number[],
    all: [] as number[],
  };
  let people = 0;
  for (let round = 0; round < rounds; round += 1) {
    await quiet(knex);
    const begin = performance.now();
    people = await persisted(knex, await clients.broadcast(territoryId));
    seconds.broadcast.push(since(begin));

    await clients.send(0, { priority: "critical" }).done;
    const id = await newestOf(knex, userId);
    await actAs(knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({ escalation: JSON.stringify(RULES), next_step_at: new Date() }),
    );
    const due = performance.now();
    await escalate(id);
    seconds.step.push(since(due));
    const acts = performance.now();
    await act(knex, userId, id, { kind: "acknowledge" });
    seconds.first.push(since(acts));
    await closeCopies(knex, id);
    seconds.all.push(since(acts));
  }
  const [broadcast, step, first, all] = [
    median(seconds.broadcast),
    median(seconds.step),
    median(seconds.first),
    median(seconds.all),
  ];
  return {
    lines: [
      `  a broadcast in ${people} inboxes after ${broadcast.toFixed(1)} s`,
      `  a step to them taken in ${step.toFixed(1)} s (asked: under 2 s)`,
      `  an acknowledgement answered after ${first.toFixed(1)} s, all copies closed after ${all.toFixed(1)} s (asked: under 2 s)`,
    ],
    figures: { people, broadcast_s: broadcast, step_s: step, acknowledged_s: first, closed_s: all },
  };
}

async function newestOf(knex: Knex, userId: string): Promise<string> {
  const rows = await actAs(knex, `user:${userId}`, (trx) =>
    trx("notifications").where({ user_id: userId }).orderBy("id", "desc").limit(1).select("id"),
  );
  return must(rows[0], "notification").id;
}

const since = (begin: number): number => (performance.now() - begin) / 1_000;
