import pg from "pg";
import type { EscalationRules } from "../store/notifications/escalation.ts";
import type { Preferences } from "../store/people/preferences.ts";

/** Arranges what the API's own tests cover, straight in the database, as its owner. */
export class Setup {
  readonly #client: pg.Client;
  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(ownerUrl: string): Promise<Setup> {
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    await client.query("SELECT set_config('app.actor', 'setup', false)");
    return new Setup(client);
  }

  /** Replaces the territory's default rules; answers the policy's id. */
  async policy(territoryId: string, rules: EscalationRules, isDefault = true): Promise<string> {
    if (isDefault)
      await this.#client.query("UPDATE escalation_policies SET is_default = false WHERE territory_id = $1", [
        territoryId,
      ]);
    const { rows } = await this.#client.query(
      "INSERT INTO escalation_policies (territory_id, name, is_default, rules) VALUES ($1, 'test', $2, $3) RETURNING id",
      [territoryId, isDefault, JSON.stringify(rules)],
    );
    return rows[0].id;
  }

  async contact(userId: string, channel: string, address: string): Promise<void> {
    await this.#as(
      userId,
      "INSERT INTO contact_points (user_id, channel, address, verified_at) VALUES ($1, $2, $3, now())",
      [userId, channel, address],
    );
  }

  async preferences(userId: string, settings: Partial<Preferences>): Promise<void> {
    const sql =
      "INSERT INTO preferences (user_id, settings) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET settings = $2";
    await this.#as(userId, sql, [userId, JSON.stringify(settings)]);
  }

  async #as(userId: string, sql: string, values: unknown[]): Promise<void> {
    await this.#client.query("SELECT set_config('app.actor', $1, false)", [`user:${userId}`]);
    await this.#client.query(sql, values);
    await this.#client.query("SELECT set_config('app.actor', 'setup', false)");
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
