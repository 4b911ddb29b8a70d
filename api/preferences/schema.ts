import { z } from "zod";
import { CATEGORIES } from "../../channels/contract.ts";
import { Time } from "../http/schema.ts";
import { Preferences } from "../../store/people/preferences.ts";

const WISHES = {
  wanted: { order_update: { email: false } },
  quiet_hours: { start: "22:00", end: "06:00" },
  quiet_days: { SU: { start: "00:00", end: "24:00" } },
  digests: { order_update: 30 },
  from: { sms: "high" as const },
  parallel: ["sms"],
  time_zone: "Europe/Berlin",
};

/** A person's preferences as they are given: all of them at once. */
export const NewPreferences = Preferences.meta({ id: "Preferences", examples: [WISHES] });

/** A person's preferences, beside the choices that there are. */
export const OwnPreferences = z
  .object({
    ...Preferences.shape,
    channels: z.array(z.string()).describe("The channels that are on, in the order in which they are tried"),
    categories: z.array(z.enum(CATEGORIES)),
    unsubscribed_at: Time.nullable().describe(
      "When a mail program said that the person wants no more by email; null once they have set other wishes",
    ),
  })
  .meta({
    id: "OwnPreferences",
    examples: [
      {
        ...WISHES,
        channels: ["websocket", "email"],
        categories: ["order_update", "patient_alert", "system_message"],
        unsubscribed_at: null,
      },
    ],
  });
export type OwnPreferences = z.infer<typeof OwnPreferences>;
