import { z } from "zod";
import { CATEGORIES } from "../../channels/contract.ts";
import { Preferences } from "../../store/people/preferences.ts";

/** A person's preferences, beside what there is to choose from. */
export const OwnPreferences = z.object({
  ...Preferences.shape,
  channels: z.array(z.string()).describe("The channels that are on, in the order in which they are tried"),
  categories: z.array(z.enum(CATEGORIES)),
});
export type OwnPreferences = z.infer<typeof OwnPreferences>;
