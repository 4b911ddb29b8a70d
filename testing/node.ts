/**
 * A node as the tests start it: the program itself, which dies by SIGKILL where the first transition that it was told begins
 * or ends ("settle:begin"), by `CRASH_AT` or a line on its standard input, and sets its clock wrong when such a line says so.
 */
import { setClock } from "./clock.ts";
import { subscribe } from "node:diagnostics_channel";
import { createInterface } from "node:readline";
import { run } from "../api/main.ts";
import { parseEnv } from "../config/env.ts";

/** Where it dies; a line on its standard input names another place, once it runs. */
let crashAt = process.env["CRASH_AT"];

subscribe("tocsin:transition", (step) => {
  const { name, at } = step as { name: string; at: string };
  if (`${name}:${at}` === crashAt) process.kill(process.pid, "SIGKILL");
});

/** Digits set the clock, a word the place where it dies. */
function hear(line: string): void {
  if (/^-?\d+$/.test(line)) setClock(Number(line));
  else {
    crashAt = line;
    process.stdout.write(`dies at ${line}\n`);
  }
}

const node = await run(parseEnv(process.env, process.argv.slice(2)));
const stop = (): void => void node.stop().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
createInterface({ input: process.stdin })
  .on("line", hear)
  .once("close", () => process.exit(1));
