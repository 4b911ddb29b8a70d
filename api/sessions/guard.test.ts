import { expect, it } from "vitest";
import { createCounters } from "../../config/counters.ts";
import { parseEnv } from "../../config/env.ts";
import { createRateLimits } from "../middleware/limits.ts";
import { tallyOf } from "./guard.ts";

it("counts for the person, whatever address they had at the first try", async () => {
  const { limits } = parseEnv({
    RATE_ACCOUNT_FAILURES: "2",
    DATABASE_URL: "postgres://app@db/tocsin",
    REDIS_URL: "redis://cache:6379",
    TEMPORAL_ADDRESS: "temporal:7233",
    TOCSIN_MASTER_KEY: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  });
  const counted = createRateLimits(limits, createCounters(null));
  const from = { network: "192.0.2.1", device: null, visitor: null, userId: "person-1" };
  const take = (email: string): Promise<void> => tallyOf(counted, { ...from, email }).take();
  await take("before@tocsin.example");
  await take("after@tocsin.example");
  await expect(take("after@tocsin.example")).rejects.toMatchObject({ status: 429 });
});
