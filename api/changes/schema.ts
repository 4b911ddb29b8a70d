import { z } from "zod";
import { GuardedChange, GuardedSettings } from "../../store/people/pending-changes.ts";
import { Invitation } from "../invitations/schema.ts";
import { Time } from "../http/schema.ts";

/** People by their names, beside something that has their ids. */
export const NamedPeople = z.array(z.object({ user_id: z.string(), name: z.string() }));

/** A change that one admin asked for, and that another has to confirm. */
export const PendingChange = z
  .object({
    change_id: z.uuid(),
    kind: z.enum(["person", "territory"]),
    subject_id: z.string().describe("The person or the territory"),
    subject_name: z.string(),
    people: NamedPeople.describe("Those whom settings name by their ids, before or after"),
    change: z.union([GuardedChange, GuardedSettings]),
    asked_by: z.string(),
    asker_name: z.string(),
    asked_at: Time,
    expires_at: Time,
  })
  .meta({
    id: "PendingChange",
    examples: [
      {
        change_id: "0195a1f0-1c00-7000-8000-00000000000c",
        kind: "person",
        subject_id: "a.example",
        subject_name: "A. Example",
        people: [],
        change: { grant: ["auditor"] },
        asked_by: "b.sample",
        asker_name: "B. Sample",
        asked_at: "2026-01-05T08:00:00.000Z",
        expires_at: "2026-01-12T08:00:00.000Z",
      },
    ],
  });
export type PendingChange = z.infer<typeof PendingChange>;

export const PendingChangeList = z.object({ changes: z.array(PendingChange) });

/** A change that was done; with the invitation, where that is what was asked for. */
export const ConfirmedChange = z.object({
  change: PendingChange,
  invitation: Invitation.nullable(),
});
