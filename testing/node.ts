/**
 * A node as the tests start it: the program itself, which dies by SIGKILL where the first transition that `CRASH_AT` names begins
 * or ends ("settle:begin"), and sets its clock wrong when a line on its standard input says so.
 */
import { setClock } from "./clock.ts";
import { subscribe } from "node:diagnostics_channel";
import { createInterface } from "node:readline";
import { run } from "../api/main.ts";
import { parseEnv } from "../config/env.ts";

const crashAt = process.env["CRASH_AT"];

if (crashAt !== undefined)
  subscribe("tocsin:transition", (step) => {
    const { name, at } = step as { name: string; at: string };
    if (`${name}:${at}` === crashAt) process.kill(process.pid, "SIGKILL");
  });

const node = await run(parseEnv(process.env, process.argv.slice(2)));
const stop = (): void => void node.stop().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
createInterface({ input: process.stdin })
  .on("line", (ms) => setClock(Number(ms)))
  .once("close", () => process.exit(1));
