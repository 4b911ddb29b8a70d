import { z } from "zod";
import { GivenTime, Id, Time } from "../http/schema.ts";
import { Person } from "./schema.ts";

/** How long a turn that is swapped lasts, and how far ahead it begins; days. */
const LONGEST = 62;
const FURTHEST = 366;
const DAY = 86_400_000;

const Turn = z
  .strictObject({ starts_at: GivenTime, ends_at: GivenTime })
  .refine(({ starts_at, ends_at }) => ends_at > starts_at, {
    path: ["ends_at"],
    message: "must be after starts_at",
  })
  .refine(({ starts_at, ends_at }) => ends_at.getTime() - starts_at.getTime() <= LONGEST * DAY, {
    path: ["ends_at"],
    message: `must be ${LONGEST} days after starts_at at most`,
  })
  .refine(({ starts_at }) => starts_at > new Date(), { path: ["starts_at"], message: "must lie ahead" })
  .refine(({ starts_at }) => starts_at.getTime() <= Date.now() + FURTHEST * DAY, {
    path: ["starts_at"],
    message: "must be within a year",
  });
export type Turn = z.output<typeof Turn>;

const MINE = { starts_at: "2026-02-09T13:00:00Z", ends_at: "2026-02-10T13:00:00Z" };
const THEIRS = { starts_at: "2026-02-11T13:00:00Z", ends_at: "2026-02-12T13:00:00Z" };

export const NewSwap = z
  .strictObject({
    mine: Turn.describe("One person's turn, or a part of it: yours, unless you supervise the territory"),
    theirs: Turn.describe("A turn of `with`, or a part of it"),
    with: Id,
  })
  .meta({ id: "NewSwap", examples: [{ mine: MINE, theirs: THEIRS, with: "b.example" }] });
export type NewSwap = z.output<typeof NewSwap>;

const GivenTurn = z.object({ starts_at: Time, ends_at: Time });

export const Swap = z
  .object({
    swap_id: z.uuid(),
    state: z.enum(["offered", "accepted", "declined", "withdrawn"]),
    person: Person.describe("Whose turn `mine` is, before it is swapped"),
    with: Person,
    mine: GivenTurn,
    theirs: GivenTurn,
    expires_at: Time.describe("From then on it can't be accepted"),
  })
  .meta({
    id: "Swap",
    examples: [
      {
        swap_id: "0195a1f0-0000-7000-8000-00000000000e",
        state: "offered",
        person: { user_id: "a.example", name: "A. Example" },
        with: { user_id: "b.example", name: "B. Example" },
        mine: { starts_at: "2026-02-09T13:00:00.000Z", ends_at: "2026-02-10T13:00:00.000Z" },
        theirs: { starts_at: "2026-02-11T13:00:00.000Z", ends_at: "2026-02-12T13:00:00.000Z" },
        expires_at: "2026-02-09T13:00:00.000Z",
      },
    ],
  });
export const SwapList = z.object({ swaps: z.array(Swap).describe("Those that wait to be accepted") });
export const BySwap = z.object({ id: z.uuid(), swap: z.uuid() });
