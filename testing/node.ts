/**
 * A node as the tests start it: the program itself, which dies by SIGKILL where the transition that it was told begins or ends
 * ("settle:begin"), for the first time or for the one that is said ("settle:begin 3"), by `CRASH_AT` or a line on its standard input, and sets
 * its clock wrong when such a line says so.
 */
import { setClock } from "./clock.ts";
import { subscribe } from "node:diagnostics_channel";
import { createInterface } from "node:readline";
import { run } from "../api/main.ts";
import { parseEnv } from "../config/env.ts";

/** Where it dies, and at which time; a line on its standard input names another place, once it runs. */
let [crashAt, times] = placeOf(process.env["CRASH_AT"] ?? "");

function placeOf(text: string): [place: string, times: number] {
  const [place = "", count = "1"] = text.split(" ");
  return [place, Number(count)];
}

subscribe("tocsin:transition", (step) => {
  const { name, at } = step as { name: string; at: string };
  if (`${name}:${at}` === crashAt && --times === 0) process.kill(process.pid, "SIGKILL");
});

/** Digits set the clock, a word the place where it dies. */
function hear(line: string): void {
  if (/^-?\d+$/.test(line)) setClock(Number(line));
  else {
    [crashAt, times] = placeOf(line);
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
