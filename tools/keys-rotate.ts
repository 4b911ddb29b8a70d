import { parseArgs } from "node:util";
import type { Config } from "../config/env.ts";
import { openDatabase } from "../store/db/knex.ts";
import { runtimeUrl } from "../store/db/prepare.ts";
import { type Count, NothingVisibleError, rotate, type Rotation } from "../store/crypto/rotation.ts";
import { CannotRun, findPlace } from "./place.ts";

const USAGE = `npm run keys:rotate [-- --batch=1000]

Wraps every data key anew that is not under the first key of TOCSIN_MASTER_KEY; messages stay as they are. Safe beside running
nodes, and to run again: cut off, it goes on where it was. Exit status: 0 nothing is left under another key, so that all but the
first can be taken out; 1 something is; 2 it can't run. See docs/keys.md.

  DATABASE_URL                   any login of Tocsin's; nothing set: the embedded database, while npm start runs it
  TOCSIN_MASTER_KEY (or _FILE)   as the nodes have it, the new key first; nothing set: master.key in TOCSIN_HOME
  --batch                        rows at a time, 1 to 10000
`;

type MasterKeys = Config["masterKeys"];

async function main(): Promise<number> {
  const batch = readBatch();
  if (batch === null) {
    process.stdout.write(USAGE);
    return process.argv.includes("--help") ? 0 : 2;
  }
  const { keys, url } = await findPlace("rotate");
  const knex = openDatabase(await runtimeUrl(url, keys), { max: 1 });
  try {
    say(`to "${keys[0].id}", from ${list(keys.slice(1).map(({ id }) => `"${id}"`)) || "no other key"}`);
    return conclude(await rotate(knex, keys, { batch, onProgress: progress() }), keys);
  } catch (error) {
    if (!(error instanceof NothingVisibleError)) throw error;
    throw new CannotRun(
      "The database shows no key at all: start a node of this version on it first, so that it is migrated.",
    );
  } finally {
    await knex.destroy();
  }
}

/** The batch's size; null for anything else, also a call for help. */
function readBatch(): number | null {
  try {
    const { values } = parseArgs({ options: { batch: { type: "string", default: "1000" } } });
    const batch = Number(values.batch);
    return Number.isInteger(batch) && batch >= 1 && batch <= 10_000 ? batch : null;
  } catch {
    return null;
  }
}

const SECOND = 1_000;

/** Says the first batch, then one a second. */
function progress(): (table: string, rewrapped: number) => void {
  let next = 0;
  return (table, rewrapped) => {
    if (Date.now() < next) return;
    next = Date.now() + SECOND;
    say(`… ${table}: ${rewrapped.toLocaleString("en")} wrapped anew`);
  };
}

function conclude({ rewrapped, counts, unopened, stillSealing }: Rotation, keys: MasterKeys): number {
  const [first, ...others] = keys;
  say(`${rewrapped.toLocaleString("en")} wrapped anew`);
  const ids = [...new Set([first.id, ...others.map(({ id }) => id), ...counts.map((one) => one.key_id)])];
  for (const id of ids)
    say(`under "${id}": ${list(counts.filter((one) => one.key_id === id).map(counted)) || "nothing"}`);

  const known = new Set(keys.map(({ id }) => id));
  const left = ids.filter((id) => id !== first.id && counts.some((one) => one.key_id === id));
  for (const id of left.filter((key) => !known.has(key)))
    say(
      `TOCSIN_MASTER_KEY holds no key "${id}": add it behind the first and run this again, or everything under it is lost`,
    );
  for (const id of new Set(unopened.map((one) => one.key_id))) {
    const [one, ...more] = unopened.filter(({ key_id }) => key_id === id);
    say(
      `"${id}" does not open ${one?.table} ${one?.id}${more.length > 0 ? ` and ${more.length} more` : ""}: ` +
        "it was altered, or sealed with another key of that name",
    );
  }
  for (const id of stillSealing)
    say(
      `sends came in under "${id}" meanwhile: restart the nodes with "${first.id}" first, then run this again`,
    );
  if (left.length > 0 || stillSealing.length > 0) {
    say(`NOT DONE: keep ${list([...new Set([...left, ...stillSealing])].map((id) => `"${id}"`))}`);
    return 1;
  }
  say(
    others.length === 0
      ? `done: "${first.id}" is the only key`
      : `done: ${list(others.map(({ id }) => `"${id}"`))} can be taken out of TOCSIN_MASTER_KEY`,
  );
  return 0;
}

const counted = ({ table, count }: Count): string => `${count.toLocaleString("en")} in ${table}`;
const list = (words: string[]): string => words.join(", ");
const say = (line: string): boolean => process.stdout.write(`keys:rotate: ${line}\n`);

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const known = error instanceof CannotRun;
    process.stderr.write(
      `keys:rotate: ${known ? error.message : `can't rotate: ${error instanceof Error ? error.message : String(error)}`}\n`,
    );
    process.exitCode = 2;
  },
);
