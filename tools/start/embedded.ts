import { existsSync } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "../services/postgres.ts";
import { reason } from "../services/problem.ts";
import { isRunning } from "../services/process.ts";
import { startTemporal } from "../services/temporal.ts";
import { prepareOwner } from "./database.ts";
import { rotate } from "./home.ts";
import { masterKey, ownerPassword } from "./secrets.ts";

/** The services that the embedded default brings along. */
export interface Embedded {
  /** The environment with which the node finds them. */
  env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

interface Service {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and Temporal over the folder, side by side, or adopts those that a killed program left running.
 * One that ends by itself is started again on its port.
 *
 * @param say Told of each step.
 * @throws StartProblem when one doesn't come up; the other is stopped then.
 */
export async function startEmbedded(home: string, say: (line: string) => void): Promise<Embedded> {
  const key = process.env["TOCSIN_MASTER_KEY"] ?? masterKey(home);
  const postgresLog = join(home, "postgres.log");
  const temporalLog = join(home, "temporal.log");
  rotate(postgresLog);
  rotate(temporalLog);
  const dataDir = join(home, "postgres");
  const dbFile = join(home, "temporal.db");
  say(existsSync(dbFile) ? "starting PostgreSQL and Temporal …" : "setting up PostgreSQL and Temporal …");
  const [postgres, temporal] = await both(
    startPostgres({ dataDir, log: postgresLog, say }),
    startTemporal({ dbFile, log: temporalLog, say }),
  );
  const kept = [
    keep("PostgreSQL", postgres, (port) => startPostgres({ dataDir, log: postgresLog, port }), say),
    keep("Temporal", temporal, (port) => startTemporal({ dbFile, log: temporalLog, port }), say),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(kept.map((stopOne) => stopOne()));
  };
  try {
    return { env: await environment(postgres.url, temporal.address, home, key), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function environment(
  superuserUrl: string,
  temporalAddress: string,
  home: string,
  key: string,
): Promise<NodeJS.ProcessEnv> {
  return {
    DATABASE_URL: await prepareOwner(superuserUrl, ownerPassword(home)),
    TEMPORAL_ADDRESS: temporalAddress,
    TOCSIN_MASTER_KEY: key,
    TOCSIN_SEED_DEMO: process.env["TOCSIN_SEED_DEMO"] || "1",
    TOCSIN_EMBEDDED: "1",
    TOCSIN_HOME: home,
  };
}

/** Waits for two services; when one fails, the other is stopped before the failure is passed on. */
async function both<A extends Service, B extends Service>(
  first: Promise<A>,
  second: Promise<B>,
): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "fulfilled" && b.status === "fulfilled") return [a.value, b.value];
  if (a.status === "fulfilled") await a.value.stop();
  if (b.status === "fulfilled") await b.value.stop();
  throw a.status === "rejected" ? a.reason : b.status === "rejected" ? b.reason : new Error("unreachable");
}

/** Looks after a service once a second; answers a function that stops it for good. */
function keep(
  name: string,
  service: Service,
  restart: (port: number) => Promise<Service>,
  say: (line: string) => void,
): () => Promise<void> {
  let current = service;
  let reviving: Promise<void> = Promise.resolve();
  let busy = false;
  const revive = async (): Promise<void> => {
    busy = true;
    say(`${name} ended by itself; starting it again …`);
    try {
      current = await restart(current.port);
    } catch (error) {
      say(`${name} can't be started again yet: ${reason(error)}`);
    } finally {
      busy = false;
    }
  };
  const watch = setInterval(() => {
    if (!busy && !isRunning(current.pid)) reviving = revive();
  }, 1_000);
  return async () => {
    clearInterval(watch);
    await reviving;
    await current.stop();
  };
}
