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
