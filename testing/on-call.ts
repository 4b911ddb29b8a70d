import { DateTime } from "luxon";
import { OnCallAnswer, Schedule } from "../api/on-call/schema.ts";
import { type Answer, as } from "./calls.ts";
import type { Hospital } from "./hospital.ts";
import type { TestServer } from "./server.ts";

export const ZONE = "America/New_York";

/** north-1 and north-2 take turns by the day, from a day long ago. */
export const LAYER = {
  name: "Days",
  people: ["north-1", "north-2"],
  starts: "2026-01-05T08:00",
  rule: "FREQ=DAILY",
};

/** Whose turn it is by LAYER; now unless a time is given. */
export const turn = (at = new Date()): string => {
  const days = DateTime.fromJSDate(at, { zone: ZONE })
    .minus({ hours: 8 })
    .startOf("day")
    .diff(DateTime.fromISO("2026-01-05", { zone: ZONE }), "days").days;
  return ["north-1", "north-2"][Math.round(days) % 2] ?? "";
};

export type OnCall = ReturnType<typeof onCallOf>;

/** Schedules and roles of north, made by its supervisor unless somebody else is given. */
export function onCallOf(server: TestServer, { northBoss: boss, north1 }: Hospital["people"]) {
  const create = (who = boss, more: object = {}): Promise<Answer> =>
    server.post(
      "/api/schedules",
      { territory_id: "north", name: "Nephrology", zone: ZONE, layers: [LAYER], ...more },
      as(who),
    );
  let roles = 0;
  return {
    create,
    /** Answers the schedule's id. */
    aSchedule: async (more: object = {}): Promise<string> =>
      (await create(boss, more)).read(Schedule).schedule_id,
    /** Answers the role. */
    aRole: async (schedule_id: string): Promise<string> => {
      const role = `nephrology-${++roles}`;
      const body = { territory_id: "north", role, name: "Nephrology on call", schedule_id };
      const { status } = await server.post("/api/roles", body, as(boss));
      if (status !== 201) throw new Error(`the role was answered by ${status}`);
      return role;
    },
    /** Who has a role at a time; now unless it is given. */
    who: async (role: string, at?: string, person = north1) => {
      const query = at === undefined ? "" : `&at=${encodeURIComponent(at)}`;
      const answer = await server.get(`/api/on-call?territory=north&role=${role}${query}`, as(person));
      return answer.read(OnCallAnswer).on_call[0];
    },
  };
}
