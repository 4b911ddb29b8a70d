import { bundleWorkflowCode } from "@temporalio/worker";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
/** What npm installed: bundled packages, and the bundler itself, change with it. */
const PACKAGES = "node_modules/.package-lock.json";
/** What every workflow runs with, beside its own code. */
const INTERCEPTORS = [join(ROOT, "workflows/trace.ts")];
const SILENT = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A bundle and what it was made of: each file's path in the tree and its hash. */
const Kept = z.object({ inputs: z.record(z.string(), z.string()), code: z.string() });

/** A bundle that somebody else could have written is none: it runs in every worker. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * The workflows as one script, for every worker of the process. Bundling takes seconds, so the bundle is kept, and used
 * for as long as no file that went into it changes.
 * @param folder where it is kept; nothing is where that can't be written
 * @param interceptors modules that watch the workflows from inside of their sandbox
 */
export async function bundleWorkflows({
  folder = join(MODULES, ".cache/tocsin"),
  interceptors = [],
}: { folder?: string; interceptors?: string[] } = {}): Promise<{ code: string }> {
  const path = join(folder, interceptors.length === 0 ? "workflows.json" : "workflows-watched.json");
  const kept = await readKept(path);
  if (kept !== null) return { code: kept.code };
  const files = new Set([PACKAGES]);
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, "workflows/index.ts"),
    workflowInterceptorModules: [...INTERCEPTORS, ...interceptors],
    logger: SILENT,
    webpackConfigHook: (config) => ({
      ...config,
      plugins: [
        ...(config.plugins ?? []),
        (compiler) =>
          compiler.hooks.afterCompile.tap("workflow-bundle", ({ fileDependencies }) => {
            for (const file of fileDependencies) if (isOwn(file)) files.add(relative(ROOT, file));
          }),
      ],
    }),
  });
  const hashes = [...files].map((file) => [file, hashOf(file)] as const);
  const inputs = Object.fromEntries(hashes.filter(([, hash]) => hash !== ""));
  await keep(path, folder, JSON.stringify({ inputs, code } satisfies z.output<typeof Kept>));
  return { code };
}

const isOwn = (file: string): boolean => file.startsWith(ROOT) && !file.startsWith(MODULES + sep);

/** Empty for what is no file. */
function hashOf(file: string): string {
  try {
    return createHash("sha256")
      .update(readFileSync(join(ROOT, file)))
      .digest("base64url");
  } catch {
    return "";
  }
}

async function readKept(path: string): Promise<z.output<typeof Kept> | null> {
  try {
    await using file = await open(path);
    const { uid, mode } = await file.stat();
    if ((uid !== 0 && uid !== process.getuid?.()) || (mode & WRITABLE_BY_OTHERS) !== 0) return null;
    const kept = Kept.parse(JSON.parse(await file.readFile("utf8")));
    const inputs = Object.entries(kept.inputs);
    return inputs.length > 0 && inputs.every(([name, hash]) => hashOf(name) === hash) ? kept : null;
  } catch {
    return null;
  }
}

/** Whole or not at all, whoever else writes it. */
async function keep(path: string, folder: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.${process.pid}`, text, { mode: 0o644 });
    await rename(`${path}.${process.pid}`, path);
  } catch {
    // An installation that can't be written bundles at each start.
  }
}
