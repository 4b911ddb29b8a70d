import type { Layer } from "../../on-call/layer.ts";
import { BaseModel } from "./base.ts";

/** Who is told in a gap: a person, or whoever has another on-call role. */
export type Fallback = { user_id: string } | { role: string };

/** Who is on call when, in a territory. */
export class ScheduleRow extends BaseModel {
  static override tableName = "schedules";
  declare territory_id: string;
  declare name: string;
  /** IANA name. */
  declare zone: string;
  declare layers: Layer[];
  declare fallback: Fallback | null;
  /** SHA-256 of the token by which calendars read it; null: no feed. */
  declare feed_hash: Buffer | null;
  declare created_at: Date;
  declare deleted_at: Date | null;

  static override get jsonAttributes(): string[] {
    return ["layers", "fallback"];
  }
}

/** Somebody takes a while of a schedule, whoever's turn it is. */
export class ScheduleOverride extends BaseModel {
  static override tableName = "schedule_overrides";
  declare schedule_id: string;
  declare territory_id: string;
  declare user_id: string;
  declare starts_at: Date;
  declare ends_at: Date;
  /** Who wrote it. */
  declare author_id: string;
  declare created_at: Date;
  declare deleted_at: Date | null;
}

/** Two people of a schedule change one turn for another. */
export class ScheduleSwap extends BaseModel {
  static override tableName = "schedule_swaps";
  declare schedule_id: string;
  declare territory_id: string;
  /** Whose turn is "mine", and who is to take it for "theirs". */
  declare proposer_id: string;
  declare colleague_id: string;
  declare mine_starts_at: Date;
  declare mine_ends_at: Date;
  declare theirs_starts_at: Date;
  declare theirs_ends_at: Date;
  declare state: "offered" | "accepted" | "declined" | "withdrawn";
  /** Who made it: the proposer, or a supervisor. */
  declare author_id: string;
  declare created_at: Date;
  /** From then on it can't be accepted. */
  declare expires_at: Date;
}

/** A role that one person has at a time, by a schedule. */
export class OnCallRole extends BaseModel {
  static override tableName = "on_call_roles";
  declare territory_id: string;
  /** The name by which sends and steps ask for it. */
  declare role: string;
  declare name: string;
  /** Of a FHIR PractitionerRole. */
  declare code: { system: string; code: string } | null;
  declare schedule_id: string;
  declare created_at: Date;
  declare deleted_at: Date | null;

  static override get jsonAttributes(): string[] {
    return ["code"];
  }
}
