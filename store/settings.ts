import { z } from "zod";
import { KINDS, lintPattern } from "../redaction/index.ts";
import type { Transaction } from "./db/knex.ts";
import { Territory } from "./models/User.ts";

/** How a territory wants its messages redacted. A setting that is left out is as strict as it gets. */
export const RedactionSettings = z.strictObject({
  kinds: z.array(z.enum(KINDS)).min(1).optional().describe("The kinds to redact; all unless given"),
  facilities: z
    .boolean()
    .optional()
    .describe("Names of hospitals, clinics and practices; redacted unless false"),
  patterns: z
    .array(
      z.strictObject({
        kind: z.enum(KINDS),
        source: z.string().refine((source) => lintPattern(source) === null, {
          error: ({ input }) => `is not a safe pattern: ${lintPattern(String(input))}`,
        }),
      }),
    )
    .max(50)
    .optional()
    .describe("The territory's own identifiers, as regular expressions with bounded repeats"),
});
export type RedactionSettings = z.infer<typeof RedactionSettings>;

/** What an administrator sets for a territory. */
export const TerritorySettings = z.strictObject({
  redaction: RedactionSettings.optional(),
  originals_days: z
    .int()
    .min(1)
    .max(3_650)
    .optional()
    .describe("Days after which the key of what a sender wrote is destroyed; kept unless set"),
});
export type TerritorySettings = z.infer<typeof TerritorySettings>;

/** A territory's settings. @throws when what is stored is not what an administrator could have set */
export async function readSettings(trx: Transaction, territoryId: string): Promise<TerritorySettings> {
  const territory = await Territory.query(trx).findById(territoryId).select("settings");
  return TerritorySettings.parse(territory?.settings ?? {});
}
