import type { Context } from "koa";
import { setTimeout as delay } from "node:timers/promises";
import type { DeliveryView } from "../deliveries/timeline.ts";

const MAX_WAIT = 30;
const EVERY = 100;

/**
 * `Prefer: wait=N` (RFC 7240; seconds, at most 30): the deliveries, once each has ended or left its first attempt
 * behind. Null when it was not asked for or they did not end in time.
 */
export async function preferredWait(
  ctx: Context,
  read: () => Promise<DeliveryView[]>,
): Promise<DeliveryView[] | null> {
  const seconds = Number(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(ctx.get("Prefer"))?.[1] ?? 0);
  if (seconds === 0) return null;
  ctx.set("Preference-Applied", `wait=${Math.min(seconds, MAX_WAIT)}`);
  const end = Date.now() + Math.min(seconds, MAX_WAIT) * 1_000;
  for (;;) {
    const deliveries = await read();
    if (deliveries.length > 0 && deliveries.every(isTried)) return deliveries;
    if (Date.now() + EVERY > end || ctx.req.socket.destroyed) return null;
    await delay(EVERY);
  }
}

const isTried = ({ status, attempts }: DeliveryView): boolean =>
  status === "queued" ? attempts > 0 : status !== "claimed";
