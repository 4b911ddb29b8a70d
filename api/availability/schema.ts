import { z } from "zod";
import { AVAILABILITIES, LONGEST_AWAY_DAYS } from "../../channels/contract.ts";
import { ByText } from "../http/cursor.ts";
import { GivenTime, Id, Next, pageBy, Text, Time } from "../http/schema.ts";

const PERSON = { user_id: "b.example", name: "Ben Example" };
const Person = z.object({ user_id: z.string(), name: z.string() });

/** That somebody is there, or busy or away: then with an end. */
export const NewAvailability = z
  .discriminatedUnion("status", [
    z.strictObject({ status: z.literal("available") }),
    z.strictObject({
      status: z.enum(["busy", "away"]),
      until: GivenTime.describe(
        `When it ends by itself: later than now, and within ${LONGEST_AWAY_DAYS} days`,
      ),
      delegate: Id.optional().describe(
        "Who covers the person: a colleague of one of their territories who is available",
      ),
      instead: z
        .boolean()
        .default(false)
        .describe(
          "The delegate is told in the person's place: no channel outside is used for the person, but for what is critical",
        ),
    }),
  ])
  .refine((given) => given.status === "available" || !given.instead || given.delegate !== undefined, {
    path: ["instead"],
    message: "needs a delegate",
  })
  .meta({
    id: "NewAvailability",
    examples: [{ status: "away", until: "2026-02-09T06:00:00Z", delegate: "b.example", instead: true }],
  });
export type NewAvailability = z.output<typeof NewAvailability>;

/** Whether somebody is there, who covers them, and whom they cover. */
export const OwnAvailability = z
  .object({
    status: z.enum(AVAILABILITIES),
    until: Time.nullable(),
    delegate: Person.nullable(),
    instead: z.boolean(),
    covered: z
      .array(z.string())
      .describe("The territories in which the delegate covers the person now, by their ids"),
    uncovered: z
      .array(z.string())
      .describe(
        "Those where the person is busy or away, and nobody covers them: what comes, comes to the person alone",
      ),
    covering: z.array(Person.extend({ until: Time })).describe("Whom the person covers themself"),
  })
  .meta({
    id: "Availability",
    examples: [
      {
        status: "away",
        until: "2026-02-09T06:00:00.000Z",
        delegate: PERSON,
        instead: true,
        covered: ["west-hospital"],
        uncovered: [],
        covering: [],
      },
    ],
  });
export type OwnAvailability = z.infer<typeof OwnAvailability>;

export const ColleaguesQuery = pageBy(ByText).extend({
  territory: z.string().max(200),
  q: Text.max(100).optional().describe("A part of the name"),
});

export const ColleagueList = z
  .object({
    colleagues: z
      .array(
        Person.extend({
          roles: z.array(z.enum(["clinician", "supervisor"])).describe("Those that policies' steps can tell"),
          status: z.enum(AVAILABILITIES),
          until: Time.nullable(),
        }),
      )
      .describe("The active people of the territory, by name"),
    next: Next,
  })
  .meta({
    id: "ColleagueList",
    examples: [
      { colleagues: [{ ...PERSON, roles: ["clinician"], status: "available", until: null }], next: null },
    ],
  });

export const UnreachableQuery = pageBy(ByText).extend({ territory: z.string().max(200) });

export const UnreachableList = z
  .object({
    people: z.array(
      Person.extend({
        reason: z
          .enum(["away", "no_channel"])
          .describe(
            "`away`: nobody covers them; `no_channel`: no channel outside has an address of theirs, and they have no page open",
          ),
        until: Time.nullable().describe("Until when they are busy or away"),
      }),
    ),
    next: Next,
  })
  .meta({
    id: "UnreachableList",
    examples: [{ people: [{ ...PERSON, reason: "away", until: "2026-02-09T06:00:00.000Z" }], next: null }],
  });
