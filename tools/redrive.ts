/** `npm run redrive`: shows what failed and was not mended of itself, and has it done again. */
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { websocketChannel } from "../channels/websocket/channel.ts";
import { findChannels, PLUGINS_FOLDER } from "../channels/registry.ts";
import { readChannelSettings } from "../config/channels.ts";
import { isUuid } from "../config/ids.ts";
import { actAs, openDatabase } from "../store/db/knex.ts";
import { runtimeUrl } from "../store/db/prepare.ts";
import {
  FAILED_KINDS,
  type FailedKind,
  type FailedWork,
  findFailedWork,
  placeOf,
  redriveWork,
} from "../store/notifications/failed-work.ts";
import { causeOf } from "../store/notifications/failure-words.ts";
import { redrive, type Redrive } from "../store/transitions/redrive.ts";
import { readArguments } from "./arguments.ts";
import { columns } from "./columns.ts";
import { CannotRun, findPlace } from "./place.ts";
import { reason, StartProblem } from "./services/problem.ts";

const USAGE = `npm run redrive -- [--dry-run] [--territory=ID] [--kind=KIND] [ID…]

Has failed work done again, mended causes first: what loops parked or put off, and deliveries that failed while their people have still to be told.
Nobody is told twice what they have, and nothing that is over is opened again. --dry-run only shows it. On record as the relay's. Run it with the nodes'
variables: their CHANNEL_… say which channels are on. Exit status: 0 all of it is done again, or there is none; 1 some is not; 2 it can't run.

  --kind   ${FAILED_KINDS.join(", ")}
  ID       of a notification, broadcast or delivery; without one: all of it
`;

/** What the table says of each outcome. */
const WORDS: Record<Redrive["kind"], string> = {
  done: "done again",
  not_found: "mended meanwhile",
  under_way: "another delivery of it is under way",
  over: "it is over",
  got: "its person has it",
  off: "the channel is off, or this command was not given its CHANNEL_… variables",
};

/** What its columns are. */
const HEAD = ["kind", "id", "since", "attempts", "cause", "outcome"];

interface Asked {
  dryRun: boolean;
  territory: string | undefined;
  kind: FailedKind | undefined;
  ids: ReadonlySet<string>;
}

function readAsked(): Asked | null {
  const text = { type: "string" } as const;
  const yes = { type: "boolean" } as const;
  const options = { territory: text, kind: text, "dry-run": yes, help: { ...yes, short: "h" } } as const;
  const { values, positionals } = readArguments({ allowPositionals: true, options }, USAGE);
  if (values.help === true) return null;
  const kind = FAILED_KINDS.find((one) => one === values.kind);
  if (values.kind !== undefined && kind === undefined)
    throw new StartProblem(`--kind=${values.kind} is none of ${FAILED_KINDS.join(", ")}.`);
  const unread = positionals.find((id) => !isUuid(id));
  if (unread !== undefined) throw new StartProblem(`${unread} is no id. ${USAGE}`);
  const ids = new Set(positionals.map((id) => id.toLowerCase()));
  return { dryRun: values["dry-run"] === true, territory: values.territory, kind, ids };
}

async function main(): Promise<number> {
  const asked = readAsked();
  if (asked === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { keys, url } = await findPlace("redrive");
  const knex = openDatabase(await runtimeUrl(url, keys), { max: 1 });
  try {
    const found = await findAll(asked);
    if (found.length === 0) {
      process.stdout.write("Nothing failed that was not mended.\n");
      return 0;
    }
    const on = asked.dryRun ? [] : await channelsThatAreOn();
    const rows: string[][] = [];
    for (const work of found) {
      const outcome = asked.dryRun ? "" : WORDS[await again(work, on)];
      rows.push([
        work.kind,
        work.id,
        work.since.toISOString(),
        String(work.attempts),
        causeOf(work),
        outcome,
      ]);
      if (process.stderr.isTTY) process.stderr.write(`\r${rows.length} of ${found.length}`);
    }
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    process.stdout.write(`${columns([HEAD, ...rows]).join("\n")}\n`);
    return asked.dryRun || rows.every((row) => row.at(-1) === WORDS.done) ? 0 : 1;
  } finally {
    await knex.destroy();
  }

  /** All of it is read before anything is done: what is done again leaves the list. */
  async function findAll({ territory, kind, ids }: Asked): Promise<FailedWork[]> {
    const territories = territory === undefined ? null : [territory];
    const all: FailedWork[] = [];
    const limit = 100;
    for (let page: FailedWork[] | null = null; page === null || page.length === limit; all.push(...page)) {
      const last = all.at(-1);
      const after = last && placeOf(last);
      page = await actAs(knex, "relay", (trx) => findFailedWork(trx, { territories, kind, after, limit }));
    }
    return all.filter((one) => ids.size === 0 || ids.has(one.id) || ids.has(one.notification_id));
  }

  async function again({ kind, id }: FailedWork, on: string[]): Promise<Redrive["kind"]> {
    if (kind !== "delivery") return (await redriveWork(knex, "relay", id)) ? "done" : "not_found";
    return (await redrive(knex, "relay", id, true, on)).kind;
  }
}

/** The channels that the environment sets up, as a node's would. */
async function channelsThatAreOn(): Promise<string[]> {
  const { configured, faults } = await findChannels({
    builtIn: [websocketChannel(createLocalBridge())],
    settings: readChannelSettings(process.env),
    folder: PLUGINS_FOLDER,
  });
  if (faults[0] !== undefined) throw faults[0];
  return configured.map(({ channel }) => channel.name);
}

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const known = error instanceof CannotRun || error instanceof StartProblem;
    process.stderr.write(`redrive: ${known ? "" : "can't be done: "}${reason(error)}\n`);
    process.exitCode = 2;
  },
);
