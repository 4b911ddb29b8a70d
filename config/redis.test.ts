import { expect, inject, onTestFinished, test } from "vitest";
import { createRedis, explainRedis } from "./redis.ts";

/** What a node says of the first failure that it can explain. */
async function explained(url: string): Promise<string> {
  const client = createRedis({ url }, "tocsin-test");
  onTestFinished(() => client.disconnect());
  return await new Promise((resolve) => {
    client.on("error", (error: unknown) => {
      const reason = explainRedis(error, { url });
      if (reason !== null) resolve(reason);
    });
  });
}

test("a mistake in REDIS_URL is said in words: login, number, host, port", async () => {
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(inject("redisUrl"));
    change(url);
    return url.href;
  };
  const login = changed((url) => ([url.username, url.password] = ["nobody", "wrong"]));
  expect(await explained(login)).toMatch(/refuses the login or its password: correct it in REDIS_URL$/);
  const number = changed((url) => (url.pathname = "/99999"));
  expect(await explained(number)).toMatch(/has no database of that number/);
  const host = changed((url) => (url.hostname = "redis.invalid"));
  expect(await explained(host)).toMatch(/^Redis at redis\.invalid:\d+ can't be found: correct the host/);
  const port = changed((url) => (url.port = "1"));
  expect(await explained(port)).toMatch(/does not listen there: start it, or correct host and port/);
});
