import type { Knex } from "knex";
import { Gauge, Histogram, type Registry } from "prom-client";

/** What is used of Knex's pool (tarn's). */
interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  on(event: "acquireRequest" | "acquireSuccess" | "acquireFail", hear: (id: number) => void): void;
}

/** Lets Prometheus see a pool of connections to PostgreSQL, by its name: what it is used for. */
export type WatchPool = (name: "work" | "reserve" | "sockets", knex: Knex) => void;

export function createPoolWatch(registry: Registry): WatchPool {
  const registers = [registry];
  const pools = new Map<string, Pool>();
  new Gauge({
    name: "tocsin_pool_connections",
    help: "Connections to PostgreSQL that are at work or idle, and work that waits for one",
    labelNames: ["pool", "state"],
    registers,
    collect() {
      for (const [pool, of] of pools) {
        this.set({ pool, state: "used" }, of.numUsed());
        this.set({ pool, state: "idle" }, of.numFree());
        this.set({ pool, state: "waiting" }, of.numPendingAcquires());
      }
    },
  });
  const waits = new Histogram({
    name: "tocsin_pool_wait_seconds",
    help: "How long work waited for a connection to PostgreSQL",
    labelNames: ["pool"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2],
    registers,
  });
  return (name, knex) => {
    const pool: Pool = knex.client.pool;
    pools.set(name, pool);
    const asked = new Map<number, number>();
    const over = (id: number): void => {
      const since = asked.get(id);
      asked.delete(id);
      if (since !== undefined) waits.observe({ pool: name }, (performance.now() - since) / 1_000);
    };
    pool.on("acquireRequest", (id) => void asked.set(id, performance.now()));
    pool.on("acquireSuccess", over);
    pool.on("acquireFail", over);
  };
}
