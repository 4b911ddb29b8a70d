import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";
import { z } from "zod";
import { must } from "../../../config/must.ts";
import { type Child, startChild } from "../child.ts";
import { type Clients, openClients } from "../clients.ts";
import type { Recipient } from "../people.ts";

const TERRITORY = "reference";
const Ready = z.object({ url: z.string(), pid: z.number() });

/** The build to compare with: tables of its own, and as many nodes on them as are started. */
export interface ReferenceSite {
  people: Recipient[];
  start(): Promise<Child<z.infer<typeof Ready>>>;
  clients(url: string): Promise<Clients>;
  /**
   * Sends to the person of this number.
   * @returns the notification's id
   * @throws where it is not taken in
   */
  send(url: string, person: number): Promise<string>;
  /** The ids of the notifications that are in somebody's inbox. */
  inInboxes(): Promise<Set<string>>;
  close(): Promise<void>;
}

/** @param ownerUrl of a login that may make a schema in its database; it is dropped again */
export async function createReference(
  ownerUrl: string,
  redisUrl: string,
  count: number,
): Promise<ReferenceSite> {
  const name = `reference_${randomBytes(4).toString("hex")}`;
  await query(ownerUrl, `CREATE SCHEMA ${name}`);
  const url = new URL(ownerUrl);
  url.searchParams.set("options", `-c search_path=${name}`);
  const database = url.href;
  await query(database, readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
  const secret = randomBytes(32).toString("base64url");
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  await query(database, "INSERT INTO service_keys VALUES ($1, 'bench')", [hash(secret)]);
  const people: Recipient[] = [];
  for (let n = 0; n < count; n += 1) {
    const [userId, token] = [`bench-${n}`, randomBytes(32).toString("base64url")];
    await query(database, "INSERT INTO users VALUES ($1, $2)", [userId, TERRITORY]);
    await query(database, "INSERT INTO sessions VALUES ($1, $2)", [hash(token), userId]);
    people.push({ userId, territoryId: TERRITORY, cookie: `tocsin=${token}` });
  }
  const env = {
    REFERENCE_DATABASE: database,
    REFERENCE_REDIS: redisUrl,
    REFERENCE_KEY: randomBytes(32).toString("base64"),
  };
  return {
    people,
    start: () => startChild("reference/node.ts", Ready, env),
    clients: (address) => openClients([address], secret, people),
    send: async (address, person) => {
      const { userId: user_id, territoryId: territory_id } = must(people[person % count], "person");
      const response = await fetch(`${address}/api/notifications/send`, {
        method: "POST",
        headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
        body: JSON.stringify({
          user_id,
          territory_id,
          message: "Potassium 6.8 mmol/L on the sample of 06:10.",
        }),
        signal: AbortSignal.timeout(5_000),
      });
      if (response.status !== 202) throw new Error(`it answers ${response.status}`);
      return z.object({ notification_id: z.string() }).parse(await response.json()).notification_id;
    },
    inInboxes: async () =>
      new Set((await query<{ id: string }>(database, "SELECT id FROM notifications")).map(({ id }) => id)),
    close: async () => void (await query(ownerUrl, `DROP SCHEMA ${name} CASCADE`)),
  };
}

async function query<Row>(url: string, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
