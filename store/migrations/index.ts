import { readFileSync } from "node:fs";
import type { Knex } from "knex";

const migrations: Record<string, string[]> = {
  "0001_initial": ["1_tables", "2_audit", "3_policies", "4_revocations"],
  "0002_audit_checkpoints": ["1_checkpoints", "2_policies"],
  "0003_identity": ["1_tables", "2_policies", "3_revocations"],
  "0004_channels": ["1_tables", "2_policies"],
  "0005_channel_api": ["1_tables", "2_policies"],
  "0006_keys": ["1_tables", "2_policies"],
  "0007_lanes": ["1_backlog", "2_policies"],
  "0008_lost_answers": ["1_reports"],
  "0009_fixed_paths": ["1_functions"],
  "0010_record": ["1_actor"],
  "0012_transitions": ["1_columns", "2_policies"],
  "0013_emails": ["1_folded"],
  "0014_who_is_who": ["1_tables", "2_policies", "3_triggers"],
  "0015_held_texts": ["1_tries"],
  "0016_audit_sink": ["1_positions"],
  "0017_lanes_in_order": ["1_indexes"],
  "0018_broadcast_alerts": ["1_columns"],
  "0019_cheap_reach": ["1_functions"],
  "0020_key_turns": ["1_keys"],
  "0021_own_sends": ["1_service"],
  "0022_first_admin": ["1_policies"],
  "0023_sign_in": ["1_passwords", "2_second_factor"],
  "0024_emergency_access": ["1_tables", "2_policies"],
  "0025_askers": ["1_triggers"],
  "0027_admins_told": ["1_policies"],
  "0030_redaction_examples": ["1_tables", "2_policies"],
  "0033_cheapest_first": ["1_names"],
  "0034_passkeys": ["1_tables", "2_policies"],
  "0036_review_reminders": ["1_policies"],
  "0037_check_times": ["1_times"],
  "0038_pages": ["1_policies"],
  "0039_due_deliveries": ["1_again", "2_due", "3_unfinished", "4_unreceived"],
  "0041_on_call": ["1_tables", "2_policies"],
  "0042_answers": ["1_columns"],
  "0043_partition_keys": [
    "1_bounds",
    "2_deliveries_before",
    "3_record_before",
    "4_deliveries_again",
    "5_deliveries_key",
    "6_record_again",
    "7_record_key",
  ],
  "0044_partitions": ["1_making", "2_partitions", "3_archives"],
  "0046_stamps": ["1_numbers"],
  "0047_confirmed": ["1_confirmed"],
  "0048_sender_events": ["1_tables", "2_policies"],
  "0050_sealer_bounds": ["1_triggers"],
  "0051_problems": ["1_columns", "2_policies"],
  "0052_problem_index": ["1_again", "2_problem"],
  "0053_calendars": ["1_tables", "2_policies", "3_swaps"],
  "0054_given_back": ["1_roles", "2_links"],
  "0055_after_outages": ["1_again", "2_lanes"],
  "0056_due_by_lane": ["1_again", "2_lanes", "3_due"],
  "0057_redacted_reasons": ["1_reasons"],
  "0061_availability": ["1_tables", "2_policies"],
  "0062_covers": ["1_columns"],
  "0063_over_and_undone": ["1_columns", "2_answers"],
  "0064_reminder_index": ["1_again", "2_remind"],
  "0065_topics": ["1_tables", "2_policies", "3_guard"],
  "0066_scim": ["1_tables", "2_policies"],
  "0067_named": ["1_named"],
  "0068_account_notices": ["1_notices"],
  "0069_told_again": ["1_columns", "2_policies"],
  "0070_behind": ["1_drop", "2_create"],
  "0071_digests": ["1_columns", "2_policies"],
  "0072_digest_indexes": ["1_again", "2_items", "3_again", "4_open"],
  "0073_channels_and_steps": ["1_columns", "2_topics"],
  "0074_senders": ["1_policies"],
  "0075_walls": ["1_tables", "2_policies"],
  "0077_devices": ["1_tables", "2_policies", "3_follow"],
  "0078_bulk_pages": ["1_column", "2_policies"],
  "0079_bulk_alone_index": ["1_again", "2_alone"],
  "0080_titles": ["1_column"],
  "0084_devices_stay": ["1_sessions"],
  "0085_walls_of_admins": ["1_ends"],
  "0086_pages_of_wishes": ["1_policies"],
  "0093_audit_verifications": ["1_tables", "2_policies"],
  "0095_covering": ["1_items"],
  "0096_named_outside": ["1_column"],
  "0100_told_as_critical": ["1_column"],
  "0109_failed_work": ["1_columns", "2_policies"],
  "0110_failed_index": ["1_again", "2_failed"],
  "0112_channels_kept": ["1_wishes"],
  "0119_held": ["1_again", "2_held"],
  "0145_traces": ["1_sends"],
  "0146_subject_tokens": ["1_tables", "2_policies"],
  "0147_departures": ["1_departures"],
};

/**
 * How long a migration waits for a table that is in use; ms. Whoever asks for that table after it waits as long, so it is less than a
 * caller waits for an answer. An index that is built concurrently waits for those who write to its table, and holds up nobody.
 */
const LOCK_TIMEOUT = 1_000;
const CONCURRENT_LOCK_TIMEOUT = 3_600_000;

/**
 * Migrations are folders of plain SQL, run in the order written here, in a transaction. One that builds an index CONCURRENTLY runs in
 * none: each of its files is one statement, and harmless twice.
 */
export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(migrations)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve(migrationOf(readMigration(name).map(({ sql }) => sql))),
};

/** The files of a migration, in their order. */
export const readMigration = (name: string): { file: string; sql: string }[] =>
  (migrations[name] ?? []).map((file) => ({
    file,
    sql: readFileSync(new URL(`${name}/${file}.sql`, import.meta.url), "utf8"),
  }));

/** A migration of these texts. */
export function migrationOf(texts: string[]): Knex.Migration & { config: { transaction: boolean } } {
  const concurrent = texts.some((sql) => /\bCONCURRENTLY\b/.test(sql));
  return {
    config: { transaction: !concurrent },
    up: async (knex: Knex) => {
      await knex.raw(`SET lock_timeout = ${concurrent ? CONCURRENT_LOCK_TIMEOUT : LOCK_TIMEOUT}`);
      for (const sql of texts) await knex.raw(sql);
    },
    down: () => Promise.reject(new Error("migrations only go forward; restore a backup instead")),
  };
}
