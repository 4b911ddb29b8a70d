import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { claimUnfinished, claimUnpersisted } from "../store/outbox.ts";
import type { Starter } from "./starter.ts";

const EVERY = 1_000;

/**
 * The safety net under every send. Each second it starts what was accepted but not persisted in time (relay), and
 * starts again what has a delivery left but may have lost its workflow (reconciler). Any number of nodes may run it.
 */
export function startRelay({ knex, starter, log }: { knex: Knex; starter: Starter; log: Logger }): {
  stop(): Promise<void>;
} {
  let stopped = false;
  let running = Promise.resolve();

  const round = async (): Promise<void> => {
    if (starter.state() === "down") return;
    const late = await claimUnpersisted(knex);
    const unfinished = await claimUnfinished(knex);
    const started = await Promise.all([
      ...late.map(({ id, priority }) => starter.start(id, priority)),
      // What had begun and lost its workflow can't wait, whatever it is.
      ...unfinished.map((id) => starter.start(id, "critical")),
    ]);
    if (started.length > 0) {
      log.info(
        { late: late.length, unfinished: unfinished.length, started: started.filter(Boolean).length },
        "relayed",
      );
    }
  };

  const tick = (): void => {
    running = round().catch((err: unknown) => log.warn({ err }, "the relay's round failed"));
    void running.then(() => {
      if (!stopped) timer = setTimeout(tick, EVERY * (0.75 + Math.random() / 2));
    });
  };
  let timer = setTimeout(tick, EVERY * Math.random());

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
