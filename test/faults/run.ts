import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { openDatabase } from "../../store/db/knex.ts";
import { type Breach, findBreaches } from "./checks.ts";
import { connectDevices, type Devices } from "./devices.ts";
import { type Planned, planFaults } from "./fault.ts";
import { emptyLedger, type Ledger } from "./ledger.ts";
import { type Act, bearLoad, type Crowd } from "./load.ts";
import { makePeople } from "./people.ts";
import { isSettled, readRecord, type Record } from "./record.ts";
import { type Recovery, worstRecovery } from "./recovery.ts";
import { type Site, startSite } from "./site.ts";

/** How a run ended. */
export interface Result {
  ledger: Ledger;
  record: Record;
  breaches: Breach[];
  recovery: Recovery;
  /** From the end of the last fault until nothing was left to do; ms. */
  calmAfter: number;
}

/** After the last fault, everything comes to an end within this; ms. */
const CALM = 60_000;
/** Rounds of faults that are planned, which no run gets through. */
const ROUNDS = 50;

/**
 * Runs two nodes under load while they and their services fail in an order that the seed decides, then lets them be and holds what
 * PostgreSQL, the people's devices and the provider outside have to what was promised.
 * @param forMs how long faults go on
 * @param look is shown the site and the result while the site still stands; `bear` has it bear load for so many ms more, of such acts and without
 *   faults, and answers what is broken then
 */
export async function run(
  { seed, forMs, say }: { seed: number; forMs: number; say: (line: string) => void },
  look: (
    site: Site,
    result: Result,
    bear: (ms: number, always: Partial<Act>) => Promise<Breach[]>,
  ) => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  const site = await startSite();
  const knex = openDatabase(site.ownerUrl);
  const urls = site.nodes.map(({ url }) => url);
  let devices: Devices | null = null;
  const client = new pg.Client({ connectionString: site.superuserUrl });
  try {
    const { wards, key } = await makePeople(knex, urls);
    devices = await connectDevices(wards, urls);
    say(`two nodes, ${devices.count} devices; faults for ${Math.round(forMs / 1_000)} s`);
    const began = performance.now();
    const now = (): number => performance.now() - began;
    const ledger = emptyLedger();
    const crowd = { wards, key, urls, devices };
    const following = devices;
    await trouble(site, crowd, { seed, forMs, say, ledger, now });
    const mended = now();
    await client.connect();
    const compare = async (): Promise<{ record: Record; breaches: Breach[] }> => {
      await settle(client, following);
      ledger.shown = following.shown(began);
      ledger.pages = site.pager.pages.map(({ deliveryId }) => deliveryId);
      const record = await readRecord(client);
      return { record, breaches: findBreaches(ledger, record) };
    };
    const compared = await compare();
    const calmAfter = now() - mended;
    const result = { ledger, ...compared, recovery: worstRecovery(ledger), calmAfter };
    await look(site, result, async (ms, always) => {
      await trouble(site, crowd, { seed, forMs: now() + ms, say, ledger, now, faults: [], always });
      return (await compare()).breaches;
    });
    return result;
  } finally {
    await client.end().catch(() => undefined);
    await devices?.stop();
    await knex.destroy();
    await site.close();
  }
}

/** Load and faults, until the time is over, every fault is undone and every call has its answer. */
async function trouble(
  site: Site,
  crowd: Crowd,
  {
    seed,
    forMs,
    say,
    ledger,
    now,
    faults = planFaults(seed, ROUNDS),
    always = {},
  }: {
    seed: number;
    forMs: number;
    say: (line: string) => void;
    ledger: Ledger;
    now: () => number;
    faults?: Planned[];
    always?: Partial<Act>;
  },
): Promise<void> {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const load = bearLoad(crowd, { ledger, now, seed, always, stop: stop.signal, giveUp: giveUp.signal });
  const busy = new Map<string, Promise<void>>();
  const happen = async ({ fault, ms }: Planned): Promise<void> => {
    const from = now();
    const undo = await fault.begin(site);
    await delay(ms);
    await undo();
    ledger.troubles.push({ name: fault.name, from, to: now() });
    say(`  ${(from / 1_000).toFixed(1)} s: ${fault.name}, for ${((now() - from) / 1_000).toFixed(1)} s`);
  };
  for (const planned of faults) {
    await Promise.race([load, delay(planned.afterMs)]);
    if (now() > forMs) break;
    const { target } = planned.fault;
    await busy.get(target);
    const happening = happen(planned).catch((error: unknown) => {
      ledger.wrongAnswers.push(`after "${planned.fault.name}" the part did not come back: ${String(error)}`);
    });
    busy.set(target, happening);
    if (planned.alone) await happening;
  }
  await delay(Math.max(0, forMs - now()));
  await Promise.all(busy.values());
  stop.abort();
  const patience = setTimeout(() => giveUp.abort(), CALM);
  await load;
  clearTimeout(patience);
}

/** Waits until nothing is left to do and every device has caught up, for as long as that may take. */
async function settle(client: pg.Client, devices: Devices): Promise<void> {
  for (const end = performance.now() + CALM; performance.now() < end; await delay(250))
    if ((await isSettled(client)) && (await devices.haveCaughtUp(client))) return;
}
