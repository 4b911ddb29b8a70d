import { findFaults } from "../start/check.ts";
import { fault, type Finding, ok } from "./finding.ts";

/** The oldest major version of Node that runs it. */
const NODE = 24;

/** The environment's own mistakes, and the Node that runs this. */
export async function configuration(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const faults = await findFaults(env, []);
  const major = Number(process.versions.node.split(".")[0]);
  return [
    ...(faults.length === 0
      ? [ok("configuration", "Every variable can be read.")]
      : faults.map((says) => fault("configuration", says, "Correct it, and start the node again."))),
    major >= NODE
      ? ok("node", `Node ${process.versions.node}.`)
      : fault("node", `Node ${process.versions.node} is too old.`, `Run it by npm, or with Node ${NODE}.`),
  ];
}
