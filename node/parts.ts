import type { Knex } from "knex";
import { Gauge, Histogram, type Registry } from "prom-client";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { skewOf } from "../store/db/clock.ts";
import type { Starter } from "./starter.ts";

interface Parts {
  knex: Knex;
  starter: Pick<Starter, "answers">;
  bridge: Pick<Bridge, "state">;
}

/**
 * Lets Prometheus see whether the services answer this node, whether its clock is right, and how long its work waits for a connection
 * to PostgreSQL.
 */
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
  watchPool(knex.client.pool, registry);
}

/** What is used of Knex's pool (tarn's). */
interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  on(event: "acquireRequest" | "acquireSuccess" | "acquireFail", hear: (id: number) => void): void;
}

function watchPool(pool: Pool, registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "tocsin_pool_connections",
    help: "Connections to PostgreSQL that are at work or idle, and work that waits for one",
    labelNames: ["state"],
    registers,
    collect() {
      this.set({ state: "used" }, pool.numUsed());
      this.set({ state: "idle" }, pool.numFree());
      this.set({ state: "waiting" }, pool.numPendingAcquires());
    },
  });
  const waits = new Histogram({
    name: "tocsin_pool_wait_seconds",
    help: "How long work waited for a connection to PostgreSQL",
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2],
    registers,
  });
  const asked = new Map<number, number>();
  const over = (id: number): void => {
    const since = asked.get(id);
    asked.delete(id);
    if (since !== undefined) waits.observe((performance.now() - since) / 1_000);
  };
  pool.on("acquireRequest", (id) => void asked.set(id, performance.now()));
  pool.on("acquireSuccess", over);
  pool.on("acquireFail", over);
}
