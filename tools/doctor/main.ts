/** `npm run doctor`: looks at the whole path of a site, and says of each part whether it is well and what to do. Changes nothing. */
import { readArguments } from "../arguments.ts";
import { reason, StartProblem } from "../services/problem.ts";
import { visible } from "../visible.ts";
import { channels } from "./channels.ts";
import { configuration } from "./configuration.ts";
import { disk } from "./disk.ts";
import { type Finding, look } from "./finding.ts";
import { keys } from "./keys.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { readSite } from "./site.ts";
import { temporal } from "./temporal.ts";
import { late } from "./late.ts";

const USAGE = `npm run doctor [-- --json]

Looks at the whole path of a site, with the nodes' variables, or at the embedded default while npm start runs it: configuration, versions, logins'
rights, clocks, namespace, queues without a worker, what is late, keys, disk, channels. Each line says ok, warn or FAULT, and what to do. It changes
nothing, and says no secret. Exit status: 0 no fault; 1 there is one; 2 it can't run.
`;

const MARKS = { ok: "ok   ", warn: "warn ", fault: "FAULT" };

/** By the number of faults. */
const CONCLUSIONS = ["No fault was found.", "One fault was found."];

function lineOf({ part, state, says, advice }: Finding): string {
  const said = `${MARKS[state]}  ${part.padEnd(13)}  ${visible(says)}\n`;
  return advice === "" ? said : `${said}${" ".repeat(22)}→ ${visible(advice)}\n`;
}

async function main(): Promise<number> {
  const yes = { type: "boolean" } as const;
  const { values } = readArguments({ options: { json: yes, help: { ...yes, short: "h" } } }, USAGE);
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { env } = process;
  const site = readSite(env);
  const all: Finding[] = [];
  const parts: [string, () => Promise<Finding[]>][] = [
    ["configuration", () => configuration(env)],
    ["disk", () => disk(site.home)],
    ["postgres", () => postgres(site)],
    ["keys", () => keys(site, env)],
    ["redis", () => redis(site)],
    ["temporal", () => temporal(site, env)],
    ["work", () => late(site)],
    ["channels", () => channels(env)],
  ];
  for (const [part, work] of parts) {
    const found = await look(part, work);
    all.push(...found);
    if (values.json !== true) process.stdout.write(found.map(lineOf).join(""));
  }
  const faults = all.filter(({ state }) => state === "fault").length;
  if (values.json === true) process.stdout.write(`${JSON.stringify({ findings: all })}\n`);
  else process.stdout.write(`${CONCLUSIONS[faults] ?? `${faults} faults: begin with the first.`}\n`);
  return faults === 0 ? 0 : 1;
}

main().then(
  // What gave no answer in time may hold the process.
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof StartProblem ? error.message : `doctor: ${reason(error)}`}\n`);
    process.exit(2);
  },
);
