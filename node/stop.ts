import type { Logger } from "../config/log.ts";

/** Says how a part is stopped when the node stops. */
export type OnStop = (stop: () => Promise<unknown>) => void;

/** Collects how parts are stopped; `stop` stops them, the newest first, whatever fails on the way. */
export function createStops(log: Logger): { onStop: OnStop; stop(): Promise<void> } {
  const stops: (() => Promise<unknown>)[] = [];
  return {
    onStop: (stop) => stops.push(stop),
    stop: async () => {
      for (const stop of stops.splice(0).reverse())
        await stop().catch((err: unknown) => log.warn({ err }, "could not stop a part"));
    },
  };
}
