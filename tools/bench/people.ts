import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { openSession } from "../../store/people/sessions.ts";
import type { Tokens } from "../../store/crypto/tokens.ts";

/** Somebody to send to, signed in. */
export interface Recipient {
  userId: string;
  territoryId: string;
  cookie: string;
}

/** Makes people in a territory, each with a session and an address on the pager channel. */
export async function makePeople(
  knex: Knex,
  tokens: Tokens,
  territoryId: string,
  count: number,
): Promise<Recipient[]> {
  const people = Array.from({ length: count }, (_, n) => `bench-${n}`);
  await actAs(knex, "setup", async (trx) => {
    for (const id of people) {
      await trx("users")
        .insert({ id, name: id, email: `${id}@tocsin.example` })
        .onConflict()
        .ignore();
      await trx("inboxes").insert({ user_id: id }).onConflict().ignore();
      await trx("memberships")
        .insert({ user_id: id, territory_id: territoryId, role: "clinician" })
        .onConflict()
        .ignore();
    }
  });
  return await Promise.all(
    people.map(async (userId) => {
      await actAs(knex, `user:${userId}`, async (trx) => {
        await trx("contact_points")
          .insert({ user_id: userId, channel: "pager", address: userId, verified_at: new Date() })
          .onConflict()
          .ignore();
        const settings = JSON.stringify({ wanted: { all: { pager: true } } });
        await trx("preferences").insert({ user_id: userId, settings }).onConflict().ignore();
      });
      const token = tokens.make();
      await actAs(knex, "sign-in", (trx) => openSession(trx, userId, token));
      return { userId, territoryId, cookie: `tocsin=${token}` };
    }),
  );
}

/** Makes a crowd in a territory: people with an inbox, nobody signed in, who come before the recipients in the order of ids. */
export async function makeCrowd(knex: Knex, territoryId: string, count: number): Promise<void> {
  const crowd = "SELECT 'away-' || n FROM generate_series(1, ?::int) AS n";
  await actAs(knex, "setup", async (trx) => {
    await trx.raw(
      `INSERT INTO users (id, name, email) SELECT id, id, id || '@tocsin.example' FROM (${crowd}) AS crowd (id) ON CONFLICT DO NOTHING`,
      [count],
    );
    await trx.raw(`INSERT INTO inboxes (user_id) ${crowd} ON CONFLICT DO NOTHING`, [count]);
    await trx.raw(
      `INSERT INTO memberships (user_id, territory_id, role) SELECT id, ?, 'clinician' FROM (${crowd}) AS crowd (id) ON CONFLICT DO NOTHING`,
      [territoryId, count],
    );
  });
}
