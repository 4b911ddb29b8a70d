import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  onTestFinished,
  test,
} from "vitest";
import { createLog } from "../config/log.ts";
import { must } from "../config/must.ts";
import { DatabaseSetupError } from "../store/db/runtime-login.ts";
import { createMigratedDatabase, type TestDatabase } from "../testing/database.ts";
import { configFor } from "../testing/hospital.ts";
import { makeOwner } from "../testing/owner.ts";
import { until } from "../testing/until.ts";
import { startPostgres } from "../tools/services/postgres.ts";
import { freePorts } from "../tools/services/spawn.ts";
import { createStops } from "./stop.ts";
import { openStores, type Stores } from "./stores.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createMigratedDatabase();
});
afterEach(() => database.drop());

/** Opens the stores of a node on a database; `lines` are what it logs. */
function open(url: string): { opened: Promise<Stores>; lines: string[]; giveUp(): void } {
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const { onStop, stop } = createStops(log);
  const ending = new AbortController();
  onTestFinished(async () => {
    ending.abort();
    await opened.catch(() => undefined);
    await stop();
  });
  const opened = openStores(configFor(url), { log, signal: ending.signal }, onStop);
  opened.catch(() => undefined);
  return { opened, lines, giveUp: () => ending.abort() };
}

/** Passes connections on to the run's PostgreSQL, each after the next of `pauses`, in ms, and at once after the last. */
async function passOn(pauses: number[], port = 0): Promise<Server> {
  const { hostname, port: target } = new URL(inject("databaseUrl"));
  const server = createServer((client) => {
    client.on("error", () => undefined);
    void delay(pauses.shift() ?? 0).then(() => {
      const upstream = connect(Number(target || 5432), hostname);
      upstream.on("error", () => client.destroy());
      client.on("close", () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it does not listen");
  return address.port;
}

function at(port: number): string {
  const url = new URL(database.url);
  url.host = `127.0.0.1:${port}`;
  return url.href;
}

const WAITING = /"host":"127\.0\.0\.1:\d+".*the start waits for PostgreSQL/;

describe("opening the stores", () => {
  test("waits for a PostgreSQL that is not there yet, says so, and goes on once it is", async () => {
    const port = must((await freePorts(1))[0], "free port");
    const { opened, lines } = open(at(port));
    await until("it waits", () => lines.filter((line) => WAITING.test(line)).length >= 2);
    await passOn([], port);
    const { secrets } = await opened;
    expect(secrets.derive("a test")).not.toBe("");
    expect(lines.at(-1)).toContain("the start goes on");
  });

  test("takes its time with one that is slower to let in than a caller may wait", async () => {
    const slow = await passOn([2_000, 2_000, 2_000, 2_000]);
    const { opened } = open(at(portOf(slow)));
    const { knex } = await opened;
    expect((await knex.raw("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("gives up when it is told to", async () => {
    const { opened, lines, giveUp } = open("postgres://nobody@127.0.0.1:9/nothing");
    await until("it waits", () => lines.some((line) => WAITING.test(line)));
    giveUp();
    await expect(opened).rejects.toThrow(/abort/i);
  });
});

describe("ends, with what to do, for what waiting does not mend", () => {
  // One of its own, which asks for passwords: the run's may trust whoever comes from this machine.
  let folder: string;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let owner: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tocsin-stores-"));
    postgres = await startPostgres({ dataDir: join(folder, "pg") });
    owner = await makeOwner(postgres.url);
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test.each<[string, Partial<URL>, RegExp]>([
    ["a wrong password", { password: "not-it" }, /password authentication failed.*Correct the password/],
    ["no password", { password: "" }, /password.*Give the login's password/],
    ["no such login", { username: "nobody_here" }, /"nobody_here".*Correct the/],
    ["no such database", { pathname: "/nowhere" }, /"nowhere" does not exist.*Create the database/],
  ])("%s", async (_what, change, message) => {
    const { opened, lines } = open(Object.assign(new URL(owner), change).href);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow(DatabaseSetupError);
    await expect(opened).rejects.not.toThrow(/not-it/);
    expect(lines).toEqual([]);
  });
});
