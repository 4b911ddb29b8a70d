import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from "vitest";
import { createAuthority } from "../testing/certificates.ts";
import { demoUser, send, targetOf } from "../testing/client.ts";
import { demandBeforeTemporal } from "../testing/demanding-proxy.ts";
import { aContactPoint } from "../testing/nouns.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { startPager } from "../tools/pager/server.ts";

/** The programs in which a node runs: its own, and `npm start`. */
const PROGRAMS = ["api/main.ts", "tools/start/main.ts"];

let site: Site;
beforeAll(async () => {
  site = await createSite();
});
afterAll(() => site.close());

it.each(PROGRAMS)(
  "a node that can't have workers ends with an error, so that it is noticed and started again: %s",
  async (program) => {
    const authority = await createAuthority("Hospital CA");
    onTestFinished(() => authority.remove());
    const identity = await authority.issue("server", ["localhost"]);
    // As where an API key has no rights in the namespace.
    const forbids = "DescribeNamespace";
    const proxy = await demandBeforeTemporal(inject("temporalAddress"), identity, { forbids });
    onTestFinished(() => proxy.close());
    const env = {
      TEMPORAL_ADDRESS: `localhost:${proxy.port}`,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile,
    };
    const entry = fileURLToPath(new URL(`../${program}`, import.meta.url));
    const node = await site.start({ role: "worker", entry, env });
    await node.exited;
    expect(node.process.exitCode).toBe(1);
    expect(node.lines.join("\n")).toContain("no worker could be started");
  },
);

it("a plugin makes as many attempts at a time as PLUGIN_CONCURRENCY says", async () => {
  const pager = await startPager();
  try {
    // An attempt that gets no answer holds its place until its time is over.
    pager.answer = () => "hang";
    const node = await site.start({ env: { ...pager.env, PLUGIN_CONCURRENCY: "2" } });
    const demo = await site.demo();
    const user = demoUser(demo, "clinician");
    await aContactPoint(site, { person: user.user_id, channel: "pager", address: "pager-1" });
    const ids: string[] = [];
    for (const message of ["one", "two", "three", "four"]) {
      const { body } = await send(node.url, demo.api_key, {
        ...targetOf(user),
        channels: ["pager"],
        message,
      });
      ids.push(body.notification_id);
    }
    const states = async (): Promise<string[]> =>
      await site.knex
        .transaction(async (trx) => {
          await trx.raw("SELECT set_config('app.actor', 'relay', true)");
          return await trx("deliveries")
            .whereIn("notification_id", ids)
            .where({ channel: "pager" })
            .pluck("status");
        })
        .then((all: string[]) => all.toSorted());
    await until(
      "two are at work, and the others wait",
      async () => (await states()).join() === "claimed,claimed,queued,queued",
    );
    await expect.poll(() => pager.pages).toHaveLength(2);
  } finally {
    await pager.close();
  }
});
