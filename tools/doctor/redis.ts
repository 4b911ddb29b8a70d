import { createRedis, explainRedis } from "../../config/redis.ts";
import { fault, type Finding, ok } from "./finding.ts";
import type { Site } from "./site.ts";

/** Redis, by which nodes hear of each other's notifications. */
export async function redis(site: Site): Promise<Finding[]> {
  const settings = site.redis();
  if (settings === null) return [ok("redis", "None is set: there is one node, which needs none.")];
  const client = createRedis(settings, "tocsin doctor");
  try {
    await new Promise<void>((ready, failed) => {
      client.once("ready", () => ready());
      client.on("error", failed);
    });
    const info = await client.info("server");
    return [
      ok("redis", `It answers: Redis ${/redis_version:(\S+)/.exec(info)?.[1] ?? "of an unknown version"}.`),
    ];
  } catch (error) {
    const why = explainRedis(error, settings);
    return [
      fault("redis", why ?? "It does not answer.", "Until then open pages hear of nothing from other nodes."),
    ];
  } finally {
    client.disconnect();
  }
}
