import type { Knex } from "knex";
import { Gauge, type Registry } from "prom-client";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { skewOf } from "../store/db/clock.ts";
import type { Starter } from "./starter.ts";

interface Parts {
  knex: Knex;
  starter: Pick<Starter, "answers">;
  bridge: Pick<Bridge, "state">;
}

/** Lets Prometheus see whether the services answer this node, and whether its clock is right. */
export function watchParts({ knex, starter, bridge }: Parts, registry: Registry): void {
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
      const [ahead, temporal] = await Promise.all([skewOf(knex), starter.answers()]);
      if (ahead !== null) skew.set(ahead / 1_000);
      this.set({ part: "postgres" }, Number(ahead !== null));
      this.set({ part: "temporal" }, Number(temporal));
      this.set({ part: "redis" }, Number(bridge.state() !== "down"));
    },
  });
}
