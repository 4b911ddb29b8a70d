import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoUser, Person, send } from "../testing/client.ts";
import { type PagerServer, startPager } from "../tools/pager/server.ts";
import { aContactPoint } from "../testing/nouns.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** The pager as a package that an operator has installed in a folder of its own, outside the program. */
let folder: string;
let site: Site;
let pager: PagerServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tocsin-plugins-"));
  [site, pager] = await Promise.all([createSite(), startPager()]);
});
afterAll(async () => {
  await site.close();
  await pager.close();
  await rm(folder, { recursive: true, force: true });
});

async function install(name: string): Promise<string> {
  const home = join(folder, "node_modules", name);
  await mkdir(home, { recursive: true });
  const source = await readFile(join(import.meta.dirname, "../tools/pager/channel.ts"), "utf8");
  await writeFile(join(home, "index.js"), stripTypeScriptTypes(source));
  await writeFile(
    join(home, "package.json"),
    JSON.stringify({ name, type: "module", exports: "./index.js" }),
  );
  await symlink(join(import.meta.dirname, "../node_modules/zod"), join(folder, "node_modules/zod"));
  return join(home, "index.js");
}

it("delivers in a node as one in the tree does, and tries again when the provider was away", async () => {
  const file = await install("tocsin-channel-pager");
  const node = await site.start({ env: { ...pager.env, CHANNEL_PLUGINS: file } });
  const demo = await site.demo();
  const clinician = demoUser(demo, "clinician", 0);
  const { user_id, territory_id } = clinician;
  await aContactPoint(site, { person: user_id, channel: "pager", address: "pager-1" });
  pager.answer = ({ attempt }) => (attempt === 1 ? 503 : 200);
  const answer = await send(node.url, demo.api_key, { user_id, territory_id, message: "K+ is back" });
  const person = await Person.signIn(node.url, clinician);
  const delivered = await until("the pager has delivered", async () => {
    const { deliveries } = await person.timeline(answer.body.notification_id);
    return deliveries.find(({ channel, status }) => channel === "pager" && status === "delivered");
  });
  expect(delivered.attempts).toBe(2);
  expect(pager.pages.map(({ attempt, address }) => [attempt, address])).toEqual([
    [1, "pager-1"],
    [2, "pager-1"],
  ]);
});
