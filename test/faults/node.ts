import { type Program, startProgram } from "../../testing/program.ts";
import { type Link, openLink } from "./link.ts";
import type { Service } from "./service.ts";

export type ServiceName = "postgres" | "temporal" | "redis";

/** A node of the site, on an address that it keeps, with a link to each service. */
export interface Node {
  url: string;
  links: Record<ServiceName, Link>;
  /** Starts it; resolves once it serves. */
  start(): Promise<void>;
  /** Ends it at once, by SIGKILL. */
  kill(): Promise<void>;
  /** Lets it drain, by SIGTERM. */
  stop(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Sets its clock so much ahead; ms. */
  setClock(ms: number): void;
  /** What it wrote, over all its starts. */
  lines(): string[];
  /** Ends it and its links. */
  close(): Promise<void>;
}

/** Makes a node that serves on `port`; the environment lacks the services' addresses alone. */
export async function makeNode(
  env: Record<string, string>,
  port: number,
  databaseUrl: string,
  services: Record<ServiceName, Service>,
): Promise<Node> {
  const [postgres, temporal, redis] = [
    await openLink(services.postgres.port),
    await openLink(services.temporal.port),
    await openLink(services.redis.port),
  ];
  const database = new URL(databaseUrl);
  database.port = String(postgres.port);
  const whole = {
    ...env,
    PORT: String(port),
    DATABASE_URL: database.href,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  };
  const runs: Program[] = [];
  const running = (): Program | undefined => runs.at(-1);
  const kill = async (): Promise<void> => await running()?.kill();
  return {
    url: `http://127.0.0.1:${port}`,
    links: { postgres, temporal, redis },
    start: async () => void runs.push(await startProgram(whole)),
    kill,
    stop: async () => await running()?.stop(),
    pause: () => void running()?.process.kill("SIGSTOP"),
    resume: () => void running()?.process.kill("SIGCONT"),
    setClock: (ms) => running()?.setClock(ms),
    lines: () => runs.flatMap(({ lines }) => lines),
    close: async () => {
      await kill();
      await Promise.all([postgres.close(), temporal.close(), redis.close()]);
    },
  };
}
