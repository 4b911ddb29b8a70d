import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadNamed } from "./load.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tocsin-load-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const SOURCE = `
  import { defineChannel } from "tocsin/channel";
  const config = { safeParse: (data) => ({ success: true, data }) };
  export default defineChannel({
    name: "pager", config, hosts: () => [], phi: "none", idempotent: true,
    start: () => ({ deliver: async () => ({ kind: "accepted" }), check: async () => ({ ok: true }) }),
  });`;

async function install(name: string, exports: unknown, file = "dist/index.js"): Promise<void> {
  const folder = join(root, "node_modules", name);
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, type: "module", exports }));
  await writeFile(join(folder, file), SOURCE);
}

test("a package that is installed anywhere gets this program's contract", async () => {
  await install("tocsin-channel-pager", "./dist/index.js");
  expect((await loadNamed("tocsin-channel-pager", root)).name).toBe("pager");
  await install("@clinic/pager", { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } });
  expect((await loadNamed("@clinic/pager", root)).name).toBe("pager");
  const path = "./node_modules/@clinic/pager/dist/index.js";
  expect((await loadNamed(path, root)).name).toBe("pager");
});

test("a package is named by its folder, too, and so is a folder that is none", async () => {
  await install("tocsin-channel-folder", "./dist/index.js");
  expect((await loadNamed("./node_modules/tocsin-channel-folder", root)).name).toBe("pager");
  await expect(loadNamed("./misspelt", root)).rejects.toThrow(
    `"./misspelt": CHANNEL_PLUGINS: there is no ${join(root, "misspelt")}. Correct the path`,
  );
  const folder = join(root, "plain");
  await mkdir(folder);
  await expect(loadNamed("./plain", root)).rejects.toThrow(
    /"\.\/plain": CHANNEL_PLUGINS: is a folder without .+ Name its file/,
  );
  await writeFile(join(folder, "index.ts"), SOURCE);
  expect((await loadNamed(folder, root)).name).toBe("pager");
  await writeFile(join(folder, "package.json"), '{ "main": "./main.mjs" }');
  await writeFile(join(folder, "main.mjs"), SOURCE.replace("pager", "paged"));
  expect((await loadNamed(folder, root)).name).toBe("paged");
});

test.each([
  ["exports nothing", { "./other": "./dist/index.js" }, /"exports-nothing": exports: .+ Write "exports"/],
  [
    "is for import alone",
    { import: "./dist/index.js" },
    /"is-for-import-alone": exports: .+"default" for "import"/,
  ],
  ["is not built", "./build/index.js", /"is-not-built": CHANNEL_PLUGINS: is not installed\. .+and build it/],
])("a package that %s stops the start with a remedy", async (what, exports, message) => {
  const name = what.replaceAll(" ", "-");
  await install(name, exports);
  await expect(loadNamed(name, root)).rejects.toThrow(message);
});
