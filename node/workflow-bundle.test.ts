import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorkflows } from "./workflow-bundle.ts";

describe("the workflows' bundle", () => {
  let folder: string;
  let path: string;
  let code: string;
  const kept = async () => JSON.parse(await readFile(path, "utf8"));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tocsin-bundle-"));
    path = join(folder, "workflows.json");
    ({ code } = await bundleWorkflows({ folder }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is kept with all that went into it, and used again", async () => {
    const { inputs } = await kept();
    expect(Object.keys(inputs)).toEqual(
      expect.arrayContaining([
        "workflows/notify.ts",
        "channels/contract.ts",
        "node_modules/.package-lock.json",
      ]),
    );
    await writeFile(path, JSON.stringify({ inputs, code: "as it was kept" }));
    expect(await bundleWorkflows({ folder })).toEqual({ code: "as it was kept" });
  });

  it("is made again once a file that went into it is another one", async () => {
    const { inputs } = await kept();
    inputs["workflows/notify.ts"] = "another";
    await writeFile(path, JSON.stringify({ inputs, code: "old" }));
    expect(await bundleWorkflows({ folder })).toEqual({ code });
    expect((await kept()).code).toBe(code);
  });

  it("is made again where somebody else could have written it, or it names nothing that it was made of", async () => {
    const { inputs } = await kept();
    const planted = JSON.stringify({ inputs, code: "planted" });
    for (const mode of [0o666, 0o664]) {
      await writeFile(path, planted);
      await chmod(path, mode);
      expect(await bundleWorkflows({ folder })).toEqual({ code });
    }
    await writeFile(path, planted);
    await chown(path, 12_345, 12_345);
    expect(await bundleWorkflows({ folder })).toEqual({ code });
    await writeFile(path, JSON.stringify({ inputs: {}, code: "planted" }));
    expect(await bundleWorkflows({ folder })).toEqual({ code });
    expect((await stat(path)).mode & 0o022).toBe(0);
  });

  it("is made where nothing can be kept, and from what is kept only in part", async () => {
    await writeFile(path, "{");
    expect(await bundleWorkflows({ folder })).toEqual({ code });
    expect(await bundleWorkflows({ folder: path })).toEqual({ code });
    expect((await stat(path)).isFile()).toBe(true);
  });
});
