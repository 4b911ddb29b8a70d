import type pg from "pg";
import { LiveClient } from "../../testing/live.ts";
import type { Shown } from "./ledger.ts";
import type { Member, Ward } from "./people.ts";
import { readInboxes } from "./record.ts";

/** The devices of everybody who is signed in, each of which follows its person's inbox. */
export interface Devices {
  count: number;
  /** Has a person's device follow another node. */
  move(member: Member, url: string): void;
  moveAll(url: string): void;
  /** Whether each has seen its inbox to the end. */
  haveCaughtUp(client: pg.Client): Promise<boolean>;
  /** What they showed; times in ms since `began`. */
  shown(began: number): Shown[];
  stop(): Promise<void>;
}

/** How often a device looks whether its node is gone, and the failed connections after which it takes another; ms. */
const LOOK_EVERY = 500;
const MOST_FAILURES = 3;

/** @param urls the nodes' addresses, between which devices go as a balancer would have them */
export async function connectDevices(wards: Ward[], urls: readonly string[]): Promise<Devices> {
  const members = wards.flatMap(({ clinicians, supervisors }) => [...clinicians, ...supervisors]);
  const devices = new Map<string, LiveClient>();
  for (const { id, person } of members)
    if (person !== null) devices.set(id, await new LiveClient(person).connected());
  const move = ({ id, person }: Member, url: string): void => {
    if (person !== null) devices.get(id)?.moveTo(person.at(url));
  };
  const failures = new Map<string, number>();
  let turn = 0;
  const looking = setInterval(() => {
    for (const member of members) {
      const closes = devices.get(member.id)?.closes.length ?? 0;
      if (closes - (failures.get(member.id) ?? 0) >= MOST_FAILURES)
        move(member, urls[turn++ % urls.length] ?? "");
      failures.set(member.id, closes);
    }
  }, LOOK_EVERY);
  return {
    count: devices.size,
    move,
    moveAll: (url) => {
      for (const member of members) move(member, url);
    },
    haveCaughtUp: async (client) =>
      (await readInboxes(client)).every(({ person, seq }) => (devices.get(person)?.position ?? seq) >= seq),
    shown: (began) =>
      [...devices].map(([person, { position, at }]) => ({
        person,
        position,
        at: new Map([...at].map(([id, when]) => [id, when - began])),
      })),
    stop: async () => {
      clearInterval(looking);
      await Promise.all([...devices.values()].map((device) => device.stop()));
    },
  };
}
