import type { Knex } from "knex";
import { Gauge, type Registry } from "prom-client";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { skewOf } from "../store/db/clock.ts";
import type { Starter } from "./starter.ts";

/** The services behind a node. */
export interface Services {
  knex: Knex;
  starter: Pick<Starter, "answers">;
  bridge: Pick<Bridge, "state">;
}

/** Whether each service answers this node now, and how far this machine's clock is ahead of PostgreSQL's; ms, null where that is away. */
export async function askServices({ knex, starter, bridge }: Services) {
  const [skew, temporal] = await Promise.all([skewOf(knex), starter.answers()]);
  return { skew, answers: { postgres: skew !== null, temporal, redis: bridge.state() !== "down" } };
}

/** Lets Prometheus see whether the services answer this node, and whether its clock is right. */
export function watchParts(services: Services, registry: Registry): void {
  const registers = [registry];
  const skew = new Gauge({
    name: "tocsin_clock_skew_seconds",
    help: "How far this machine's clock is ahead of PostgreSQL's",
    registers,
  });
  new Gauge({
    name: "tocsin_part_up",
    help: "Whether a service answers this node: 1 or 0",
    labelNames: ["part"],
    registers,
    async collect() {
      const { skew: ahead, answers } = await askServices(services);
      if (ahead !== null) skew.set(ahead / 1_000);
      for (const [part, up] of Object.entries(answers)) this.set({ part }, Number(up));
    },
  });
}
