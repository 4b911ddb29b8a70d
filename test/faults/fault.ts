import fc from "fast-check";
import pg from "pg";
import { must } from "../../config/must.ts";
import type { Link } from "./link.ts";
import type { ServiceName } from "./node.ts";
import type { Site } from "./site.ts";

/** What can happen to a node, and to its link to a service. */
const ON_NODE = ["killed", "drained", "paused", "clock ahead", "clock behind"] as const;
const ON_LINK = ["cut", "hung", "slow"] as const;
const ON_SERVICE = {
  postgres: ["killed", "paused", "backends ended"],
  temporal: ["killed", "paused"],
  redis: ["killed", "paused"],
} as const;
const SERVICES = ["postgres", "temporal", "redis"] as const;

/** A fault of one part of the site. No two faults of the same target overlap. */
export interface Fault {
  name: string;
  target: string;
  /** Makes it happen; the answer undoes it, and resolves once the part is back. */
  begin(site: Site): Promise<() => Promise<void> | void>;
}

/** A fault in a run: it begins `afterMs` after the one before began, or ended where `alone`, and lasts `ms`. */
export interface Planned {
  fault: Fault;
  ms: number;
  afterMs: number;
  alone: boolean;
}

/** How wrong a clock goes; ms. */
const CLOCK = 5 * 60_000;
/** How late a slow link is; ms. */
const LATE = 300;

const link = (site: Site, node: 0 | 1, service: ServiceName): Link => site.nodes[node].links[service];

function nodeFault(node: 0 | 1, what: (typeof ON_NODE)[number]): Fault {
  const named = { name: `node ${node} ${what}`, target: `node ${node}` };
  switch (what) {
    case "killed":
    case "drained":
      return {
        ...named,
        begin: async ({ nodes }) => {
          await (what === "killed" ? nodes[node].kill() : nodes[node].stop());
          return () => nodes[node].start();
        },
      };
    case "paused":
      return {
        ...named,
        begin: ({ nodes }) => {
          nodes[node].pause();
          return Promise.resolve(() => nodes[node].resume());
        },
      };
    default:
      return {
        ...named,
        begin: ({ nodes }) => {
          nodes[node].setClock(what === "clock ahead" ? CLOCK : -CLOCK);
          return Promise.resolve(() => nodes[node].setClock(0));
        },
      };
  }
}

function linkFault(node: 0 | 1, service: ServiceName, what: (typeof ON_LINK)[number]): Fault {
  return {
    name: `link of node ${node} to ${service} ${what}`,
    target: `link ${node} ${service}`,
    begin: (site) => {
      const found = link(site, node, service);
      if (what === "slow") found.slow(LATE);
      else if (what === "cut") found.cut();
      else found.hang();
      return Promise.resolve(() => found.mend());
    },
  };
}

function serviceFault(service: ServiceName, what: "killed" | "paused" | "backends ended"): Fault {
  return {
    name: `${service} ${what}`,
    target: service,
    begin: async (site) => {
      const part = site.services[service];
      if (what === "killed") {
        await part.kill();
        return () => part.start();
      }
      if (what === "paused") {
        const backends = service === "postgres" ? await backendsOf(site.superuserUrl) : [];
        part.pause();
        signal(backends, "SIGSTOP");
        return () => {
          signal(backends, "SIGCONT");
          part.resume();
        };
      }
      await endBackends(site.superuserUrl);
      return () => undefined;
    },
  };
}

async function endBackends(superuserUrl: string): Promise<void> {
  await ask(
    superuserUrl,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tocsin'",
  );
}

/** PostgreSQL's processes besides the first, which are in groups of their own. */
const backendsOf = async (superuserUrl: string): Promise<number[]> =>
  (await ask(superuserUrl, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")).map(
    ({ pid }) => pid,
  );

async function ask(superuserUrl: string, sql: string): Promise<{ pid: number }[]> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

/** Signals those that still run. */
function signal(pids: number[], what: "SIGSTOP" | "SIGCONT"): void {
  for (const pid of pids) {
    try {
      process.kill(pid, what);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

/** Every fault there is. */
const FAULTS: Fault[] = [
  ...([0, 1] as const).flatMap((node) => [
    ...ON_NODE.map((what) => nodeFault(node, what)),
    ...SERVICES.flatMap((service) => ON_LINK.map((what) => linkFault(node, service, what))),
  ]),
  ...SERVICES.flatMap((service) => ON_SERVICE[service].map((what) => serviceFault(service, what))),
];

/** The order of a run's faults: every fault once in each round, each round in an order of its own. */
export function planFaults(seed: number, rounds: number): Planned[] {
  const timing = fc.record({
    ms: fc.integer({ min: 500, max: 6_000 }),
    afterMs: fc.integer({ min: 500, max: 4_000 }),
    alone: fc.boolean(),
  });
  const round = fc.tuple(
    fc.shuffledSubarray(FAULTS, { minLength: FAULTS.length }),
    fc.array(timing, { minLength: FAULTS.length, maxLength: FAULTS.length }),
  );
  return fc
    .sample(round, { seed, numRuns: rounds })
    .flatMap(([faults, timings]) =>
      timings.map((when, index) => ({ ...when, fault: must(faults[index], "fault") })),
    );
}
