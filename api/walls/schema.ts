import { z } from "zod";
import { WALL_ENDS } from "../../store/models/Wall.ts";
import { Id, Name, Time } from "../http/schema.ts";

export const NewWall = z
  .strictObject({
    territory_id: Id.describe("What it shows: the alerts of this territory that wait, redacted"),
    name: Name.max(100).describe("Where it hangs"),
  })
  .meta({ id: "NewWall", examples: [{ territory_id: "west-hospital", name: "Ward 3, corridor" }] });

const WALL = {
  wall_id: "0195a1f0-5c00-7000-8000-000000000002",
  territory_id: "west-hospital",
  name: "Ward 3, corridor",
  state: "live" as const,
  ended_why: null,
  granted_by: { user_id: "c.example", name: "C. Example" },
  granted_at: "2026-02-03T09:30:00.000Z",
  opened_at: "2026-02-03T09:31:00.000Z",
  last_seen_at: "2026-02-03T11:02:00.000Z",
  expires_at: "2026-05-04T09:31:00.000Z",
  ended_at: null,
};

export const Wall = z
  .object({
    wall_id: z.uuid(),
    territory_id: z.string(),
    name: z.string(),
    state: z
      .enum(["waiting", "live", "over"])
      .describe("waiting: for its code, for 15 minutes; over: it shows nothing any more"),
    ended_why: z.enum(WALL_ENDS).nullable(),
    granted_by: z.object({ user_id: z.string(), name: z.string() }),
    granted_at: Time,
    opened_at: Time.nullable(),
    last_seen_at: Time.nullable().describe("When it looked last, exact to the minute"),
    expires_at: Time.nullable().describe("When it has to be granted anew: 90 days after it was opened"),
    ended_at: Time.nullable(),
  })
  .meta({ id: "Wall", examples: [WALL] });
export type Wall = z.infer<typeof Wall>;

export const WallList = z
  .object({
    walls: z
      .array(Wall)
      .describe(
        "Those that show something or wait for a code, then at most 200 that are over; the last granted first",
      ),
  })
  .meta({ id: "WallList" });

export const WallWithCode = z
  .object({
    wall: Wall,
    code: z.string().describe("Shown this once: only its hash is kept. It opens one screen, once"),
    code_expires_at: Time,
    url: z.string().describe("The page that opens by it; the code stands behind #, which no browser sends"),
  })
  .meta({
    id: "WallWithCode",
    examples: [
      {
        wall: { ...WALL, state: "waiting", opened_at: null, last_seen_at: null, expires_at: null },
        code: "K7QF-2M9D-X4TB",
        code_expires_at: "2026-02-03T09:45:00.000Z",
        url: "https://tocsin.example/wall#K7QF-2M9D-X4TB",
      },
    ],
  });

export const Opening = z
  .strictObject({ code: z.string().min(1).max(40) })
  .meta({ id: "WallOpening", examples: [{ code: "K7QF-2M9D-X4TB" }] });

export const OpenedWall = z
  .object({
    territory_id: z.string(),
    territory_name: z.string(),
    name: z.string(),
    expires_at: Time,
  })
  .meta({
    id: "OpenedWall",
    examples: [
      {
        territory_id: "west-hospital",
        territory_name: "West Hospital",
        name: "Ward 3, corridor",
        expires_at: "2026-05-04T09:31:00.000Z",
      },
    ],
  });
