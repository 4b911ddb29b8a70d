/**
 * A node as the tests start it: the program itself, which dies by SIGKILL the first time that it gets to the step of the
 * code that `CRASH_AT` names, and sets its clock wrong when a line on its standard input says so.
 */
import { setClock } from "./clock.ts";
import { createInterface } from "node:readline";
import { run } from "../api/main.ts";
import { parseEnv } from "../config/env.ts";

const crashAt = process.env["CRASH_AT"];

const node = await run(parseEnv(process.env, process.argv.slice(2)), {
  onStep: (step) => {
    if (step === crashAt) process.kill(process.pid, "SIGKILL");
  },
});
const stop = (): void => void node.stop().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
createInterface({ input: process.stdin })
  .on("line", (ms) => setClock(Number(ms)))
  .once("close", () => process.exit(1));
