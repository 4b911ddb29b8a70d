/** A service of the site, which comes back on its own port and data. */
export interface Service {
  port: number;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Starts it anew. */
  start(): Promise<void>;
  /** Stops it from running, until `resume`; its connections stand. */
  pause(): void;
  resume(): void;
}

interface Running {
  pid: number;
  port: number;
  stop(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a service.
 * @param start starts it on a port, or on a free one
 * @param signal that ends it at once
 * @param note hears of its process's id at each start
 */
export async function startService<T extends Running>(
  start: (at: { port?: number }) => Promise<T>,
  signal: NodeJS.Signals,
  note: (pid: number) => void,
): Promise<Service & { first: T }> {
  const first = await start({});
  let running: Running = first;
  note(running.pid);
  return {
    first,
    port: first.port,
    kill: () => running.stop(signal),
    start: async () => {
      running = await start({ port: first.port });
      note(running.pid);
    },
    pause: () => void process.kill(running.pid, "SIGSTOP"),
    resume: () => void process.kill(running.pid, "SIGCONT"),
  };
}
