import { z } from "zod";
import { SettingsChange, TerritorySettings } from "../../store/settings.ts";
import { NamedPeople, PendingChange } from "../changes/schema.ts";
import { ByText } from "../http/cursor.ts";
import { Id, Name, Next, pageBy, Time, yesNo } from "../http/schema.ts";

export const NewTerritory = z
  .strictObject({
    territory_id: Id,
    name: Name,
    settings: TerritorySettings.default({}),
  })
  .meta({
    id: "NewTerritory",
    examples: [{ territory_id: "west-hospital", name: "West Hospital", settings: { originals_days: 365 } }],
  });
export const TerritoryChange = z
  .strictObject({
    name: Name.optional(),
    settings: SettingsChange.optional(),
    archived: z.literal(false).optional().describe("Brings an archived territory back"),
  })
  .meta({ id: "TerritoryChange", examples: [{ name: "West Campus" }] });

export const TerritoriesQuery = pageBy(ByText).extend({
  q: z.string().max(200).optional().describe("Part of the name or id"),
  archived: yesNo.default(false),
});

export const Territory = z
  .object({
    territory_id: z.string(),
    name: z.string(),
    settings: z.record(z.string(), z.unknown()),
    people: NamedPeople.describe("Those whom the settings name by their ids"),
    created_at: Time,
    archived_at: Time.nullable(),
    pending_changes: z
      .array(PendingChange)
      .describe(
        "Settings that wait until another admin confirms them: less is redacted, or originals are kept for another time",
      ),
  })
  .meta({
    id: "Territory",
    examples: [
      {
        territory_id: "west-hospital",
        name: "West Hospital",
        settings: { originals_days: 365, last_resort: { user_id: "a.example" } },
        people: [{ user_id: "a.example", name: "Dr Example" }],
        created_at: "2026-01-05T08:00:00.000Z",
        archived_at: null,
        pending_changes: [],
      },
    ],
  });
export type Territory = z.infer<typeof Territory>;

export const TerritoryList = z.object({ territories: z.array(Territory), next: Next });
