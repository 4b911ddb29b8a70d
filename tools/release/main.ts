/** `npm run release`: shows which builds of the workflows there are, and which goes on with every workflow, or has another one do so. */
import { readRelease, release } from "../../node/release.ts";
import { readArguments } from "../arguments.ts";
import { openTemporal } from "../replay/place.ts";
import { reason, StartProblem } from "../services/problem.ts";

const USAGE =
  "Usage: npm run release [-- <build id> | --none]; --none: nodes without a TOCSIN_BUILD_ID go on (see docs/workflows.md)";

function readAsked(): { buildId: string | null | undefined; help: boolean } {
  const options = { none: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
  const { values, positionals } = readArguments({ allowPositionals: true, options }, USAGE);
  const [buildId, ...others] = positionals;
  if (others.length > 0 || (buildId !== undefined && values.none === true)) throw new StartProblem(USAGE);
  return { buildId: values.none === true ? null : buildId, help: values.help === true };
}

async function main(): Promise<void> {
  const { buildId, help } = readAsked();
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const where = {
    namespace: process.env["TEMPORAL_NAMESPACE"] || "default",
    taskQueue: process.env["TEMPORAL_TASK_QUEUE"] || "tocsin",
  };
  const { connection } = await openTemporal();
  try {
    const before = await readRelease(connection, where);
    if (before === null)
      throw new StartProblem(
        "No node with a TOCSIN_BUILD_ID has run here yet: the first one's is released by itself.",
      );
    if (typeof buildId === "string" && !before.builds.some((build) => build.buildId === buildId))
      throw new StartProblem(
        `No node has run with TOCSIN_BUILD_ID=${buildId}. There are: ${before.builds.map((build) => build.buildId).join(", ")}.`,
      );
    if (buildId !== undefined) await release(connection, where, buildId);
    const { builds, current } = (await readRelease(connection, where)) ?? before;
    for (const { buildId: id, since } of builds)
      process.stdout.write(
        `${id === current ? "released" : "        "}  ${id}  since ${since?.toISOString() ?? "?"}\n`,
      );
    if (current === null) process.stdout.write("released  nodes without a TOCSIN_BUILD_ID\n");
  } finally {
    await connection.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof StartProblem ? error.message : `release: ${reason(error)}`}\n`);
  process.exitCode = 1;
});
