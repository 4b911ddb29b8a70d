import { createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase } from "../../testing/database.ts";
import { until } from "../../testing/until.ts";
import { createLog } from "../../config/log.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { createTickets } from "../../store/people/session-tokens.ts";
import { createSite } from "../middleware/person.ts";
import { createUnderWay } from "../middleware/under-way.ts";
import { createRealtimeAuth } from "./auth.ts";

const SECRETS = {
  mac: (purpose: string, data: string | Buffer) => createHmac("sha256", purpose).update(data).digest(),
};

describe("hearing of revocations", () => {
  let database: TestDatabase;
  let client: pg.Client;
  const heard: object[] = [];
  let auth: ReturnType<typeof createRealtimeAuth>;
  let knex: ReturnType<typeof openDatabase>;

  beforeAll(async () => {
    database = await createDatabase();
    knex = openDatabase(database.url);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    auth = createRealtimeAuth({
      knex,
      databaseUrl: database.url,
      site: createSite(null, SECRETS),
      tickets: createTickets(SECRETS),
      underWay: createUnderWay(3, 2),
      log: createLog("silent"),
    });
    auth.onRevoked((who) => heard.push(who));
    await until("it listens", () => listener());
  });
  afterAll(async () => {
    await auth.close();
    await client.end();
    await knex.destroy();
    await database.drop();
  });

  it("asks the database about no ticket that is made up", async () => {
    const asked: string[] = [];
    const listen = ({ sql }: { sql: string }): void => void asked.push(sql);
    knex.on("query", listen);
    const [, mac = ""] = createTickets(SECRETS).make().split(".");
    for (const ticket of ["x", `${"a".repeat(42)}.${mac}`])
      expect(await auth.ticket(ticket, null)).toBeNull();
    expect(asked).toEqual([]);
    // The database is empty: a ticket that may be one is looked for.
    await expect(auth.ticket(createTickets(SECRETS).make(), null)).rejects.toThrow();
    knex.off("query", listen);
    expect(asked).not.toEqual([]);
  });

  it("has upgrades by one session stand in line, and refuses those beyond it", async () => {
    const site = createSite(null, SECRETS);
    const headers = { cookie: `${site.cookie}=${site.tokens.make()}` };
    const asked = Array.from({ length: 5 }, () => auth.cookie({ headers } as IncomingMessage));
    // The database is empty, so whoever is looked for is an error.
    const refused = (await Promise.allSettled(asked)).flatMap((one) =>
      one.status === "fulfilled" ? [one.value] : [],
    );
    expect(refused).toEqual(["too_many", "too_many", "too_many"]);
  });

  const listener = async (): Promise<number | undefined> => {
    const { rows } = await client.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'tocsin revocations' AND datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'",
    );
    return rows[0]?.pid;
  };

  it("tells whom one concerns, and takes what it can't read to concern everybody", async () => {
    heard.length = 0;
    await client.query(
      `SELECT pg_notify('tocsin_revoked', '{"userId":"u1"}'), pg_notify('tocsin_revoked', 'nonsense')`,
    );
    await until("both are heard", () => heard.length === 2);
    expect(heard).toEqual([{ userId: "u1" }, {}]);
  });

  it("has every session looked at when it was cut off and listens again", async () => {
    heard.length = 0;
    await client.query("SELECT pg_terminate_backend($1)", [await listener()]);
    await until("everybody is checked", () => heard.length > 0);
    expect(heard).toEqual([{}]);
    await client.query(`SELECT pg_notify('tocsin_revoked', '{"sessionId":"s1"}')`);
    await until("it listens again", () => heard.length === 2);
    expect(heard[1]).toEqual({ sessionId: "s1" });
  });
});
