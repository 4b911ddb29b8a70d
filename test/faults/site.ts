import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeOwner } from "../../testing/owner.ts";
import { makeRunFolder, noteServices, sweepRunFolders } from "../../testing/run-folder.ts";
import { startPager, type PagerServer } from "../../tools/pager/server.ts";
import { startPostgres } from "../../tools/services/postgres.ts";
import { startRedisServer } from "../../tools/services/redis.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { startTemporal } from "../../tools/services/temporal.ts";
import { makeNode, type Node, type ServiceName } from "./node.ts";
import { type Service, startService } from "./service.ts";

/** Two nodes, and services of their own that may be killed. */
export interface Site {
  nodes: [Node, Node];
  services: Record<ServiceName, Service>;
  pager: PagerServer;
  /** The owner's login of the nodes' database. */
  ownerUrl: string;
  /** A login that sees every row of it. */
  superuserUrl: string;
  close(): Promise<void>;
}

/** No power cut is tested, so nothing waits for the disk; a commit still outlives its server. */
const POSTGRES = { fsync: "off", full_page_writes: "off" };

/** Starts the services, and both nodes on them. */
export async function startSite(): Promise<Site> {
  sweepRunFolders();
  const folder = makeRunFolder();
  const pids = new Map<string, number>();
  const note =
    (name: ServiceName) =>
    (pid: number): void => {
      pids.set(name, pid);
      noteServices(folder, [...pids.values()]);
    };
  const [postgres, temporal, redis] = await Promise.all([
    startService(
      (at) => startPostgres({ ...at, dataDir: join(folder, "postgres"), settings: POSTGRES }),
      "SIGQUIT",
      note("postgres"),
    ),
    startService(
      (at) => startTemporal({ ...at, dbFile: join(folder, "temporal.db") }),
      "SIGKILL",
      note("temporal"),
    ),
    startService((at) => startRedisServer({ ...at, folder }), "SIGKILL", note("redis")),
  ]);
  const services = { postgres, temporal, redis };
  const ownerUrl = await makeOwner(postgres.first.url);
  const superuserUrl = new URL(postgres.first.url);
  superuserUrl.pathname = new URL(ownerUrl).pathname;
  const pager = await startPager();
  const home = join(folder, "home");
  mkdirSync(home);
  const env = {
    ...pager.env,
    TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}`,
    TOCSIN_HOME: home,
    HOST: "127.0.0.1",
    SESSION_IDLE_MINUTES: "120",
  };
  const [one = 0, two = 0] = await freePorts(2);
  const nodes: Site["nodes"] = [
    await makeNode(env, one, ownerUrl, services),
    await makeNode(env, two, ownerUrl, services),
  ];
  await Promise.all(nodes.map((node) => node.start()));
  return {
    nodes,
    services,
    pager,
    ownerUrl,
    superuserUrl: superuserUrl.href,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all(Object.values(services).map((service) => service.kill()));
      await pager.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
