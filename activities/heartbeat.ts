/** The running activity's ties to its worker: the signal that cancels it, and its sign of life. */
export type Task = () => { signal: AbortSignal; heartbeat(): void };

/** A worker that died is missed after 10 s without a sign of life (workflows' `heartbeatTimeout`); ms. */
const EVERY = 3_000;

/** Runs `work` with a sign of life every few seconds. */
export async function beating<T>(task: Task, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, heartbeat } = task();
  const timer = setInterval(heartbeat, EVERY);
  try {
    return await work(signal);
  } finally {
    clearInterval(timer);
  }
}
