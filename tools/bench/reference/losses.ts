import { setTimeout as delay } from "node:timers/promises";
import { type RedisServer, startRedisServer } from "../../services/redis.ts";
import type { Child } from "../child.ts";
import { createReference, type ReferenceSite } from "./site.ts";

/** Sends of one try, and how many are accepted when a part is killed. */
const SENDS = 400;
const KILL_AFTER = 200;
const LANES = 20;
/** How long the rest may take once everything runs again: BullMQ finds a job whose worker died after 30 s. */
const CALM = 75_000;

export interface Losses {
  accepted: number;
  /** Accepted, and in nobody's inbox after a calm of more than a minute. */
  lost: number;
}

/**
 * What the reference loses of what it has accepted, where its node or its Redis is killed with kill -9 amid a load and started again. What
 * is in an inbox counts as shown, late or not.
 */
export async function lossesOfReference(
  ownerUrl: string,
  folder: string,
): Promise<{ node: Losses; redis: Losses }> {
  return {
    node: await tryOut(ownerUrl, folder, async (site, { node, redis }) => {
      process.kill(node.ready.pid, "SIGKILL");
      await node.stop();
      return { redis, node: await site.start() };
    }),
    redis: await tryOut(ownerUrl, folder, async (_, { node, redis }) => {
      await redis.stop("SIGKILL");
      return { node, redis: await startRedisServer({ folder, port: redis.port }) };
    }),
  };
}

interface Parts {
  node: Child<{ url: string; pid: number }>;
  redis: RedisServer;
}

async function tryOut(
  ownerUrl: string,
  folder: string,
  kill: (site: ReferenceSite, parts: Parts) => Promise<Parts>,
): Promise<Losses> {
  let redis = await startRedisServer({ folder });
  const site = await createReference(ownerUrl, redis.url, 20);
  let node = await site.start();
  const accepted = new Set<string>();
  const kills: Promise<void>[] = [];
  const send = async (lane: number): Promise<void> => {
    for (let n = lane; n < SENDS; n += LANES) {
      const id = await site.send(node.ready.url, n).catch(() => null);
      if (id === null) await delay(50);
      else accepted.add(id);
      if (accepted.size >= KILL_AFTER && kills.length === 0)
        kills.push(kill(site, { node, redis }).then((parts) => void ({ node, redis } = parts)));
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => send(lane)));
  await Promise.all(kills);
  let lost = accepted.size;
  for (const end = performance.now() + CALM; lost > 0 && performance.now() < end; await delay(1_000)) {
    const shown = await site.inInboxes();
    lost = [...accepted].filter((id) => !shown.has(id)).length;
  }
  await node.stop();
  await redis.stop();
  await site.close();
  return { accepted: accepted.size, lost };
}
