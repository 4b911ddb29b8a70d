import type pg from "pg";
import { WebSocket } from "ws";
import { must } from "../../config/must.ts";
import { LiveConnection } from "../../client/live/connection.ts";
import type { Person } from "../../testing/client.ts";
import { until } from "../../testing/until.ts";
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

interface Device {
  /** Everything up to it has been seen; -1 before it was ever live. */
  position(): number;
  /** When each notification was first shown; performance.now(). */
  at: Map<string, number>;
  move(url: string): void;
  stop(): void;
}

/** The failed connections after which a device takes another node, as a balancer would have it. */
const MOST_FAILURES = 3;
/** Before a device comes back; ms. */
const BACKOFF = { base: 150, cap: 150 };

/** @param urls the nodes' addresses */
export async function connectDevices(wards: Ward[], urls: readonly string[]): Promise<Devices> {
  const members = wards.flatMap(({ clinicians, supervisors }) => [...clinicians, ...supervisors]);
  const devices = new Map<string, Device>();
  for (const { id, person } of members) if (person !== null) devices.set(id, follow(person, urls));
  await until("every device is live", () => [...devices.values()].every(({ position }) => position() >= 0));
  return {
    count: devices.size,
    move: ({ id }, url) => devices.get(id)?.move(url),
    moveAll: (url) => {
      for (const device of devices.values()) device.move(url);
    },
    haveCaughtUp: async (client) =>
      (await readInboxes(client)).every(({ person, seq }) => (devices.get(person)?.position() ?? seq) >= seq),
    shown: (began) =>
      [...devices].map(([person, { position, at }]) => ({
        person,
        position: position(),
        at: new Map([...at].map(([id, when]) => [id, when - began])),
      })),
    stop: async () => {
      for (const device of devices.values()) device.stop();
    },
  };
}

/** A person's device, on the client's own connection. */
function follow(person: Person, urls: readonly string[]): Device {
  const at = new Map<string, number>();
  let { url } = person;
  let position = -1;
  let failures = 0;
  let turn = 0;
  /** With the person's cookie, as a browser sends it. */
  class Socket extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { headers: { Cookie: person.cookie, Origin: url } });
      this.on("error", () => undefined);
    }
  }
  const address = (): string => {
    failures += 1;
    if (failures > MOST_FAILURES) {
      failures = 0;
      url = must(urls[turn++ % urls.length], "node");
    }
    return `${url.replace("http", "ws")}/api/realtime`;
  };
  const connection = new LiveConnection(
    address,
    {
      load: () => Promise.resolve(),
      merge: ({ notification_id: id }) => void (at.has(id) || at.set(id, performance.now())),
      reached: (seq) => {
        position = Math.max(position, seq);
      },
      counted: () => undefined,
      rendered: () => Promise.resolve(),
      visible: () => false,
      signedIn: () => Promise.resolve(true),
      signedOut: () => undefined,
      changed: (state) => {
        if (state === "live") failures = 0;
      },
    },
    { backoff: BACKOFF, WebSocket: Socket },
  );
  connection.start();
  return {
    at,
    position: () => position,
    move: (to) => {
      url = to;
      connection.network(false);
      connection.network(true);
    },
    stop: () => connection.stop(),
  };
}
