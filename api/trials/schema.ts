import { z } from "zod";

/** How one part answered, and how long that took. */
const Answered = z.object({
  state: z.enum(["up", "down", "not_configured"]),
  ms: z.number().nullable().describe("How long it took; null where nothing came back"),
});

/** What is known of a test notification once it was taken in. */
export const Trial = z.object({ notification_id: z.uuid(), bus: Answered, temporal: Answered }).meta({
  id: "Trial",
  examples: [
    {
      notification_id: "0195a1f0-5c00-7000-8000-000000000001",
      bus: { state: "up", ms: 1.2 },
      temporal: { state: "up", ms: 3.4 },
    },
  ],
});
export type Trial = z.output<typeof Trial>;
