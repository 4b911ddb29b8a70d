import { z } from "zod";
import type { ChannelState } from "../../channels/registry.ts";

export const ByName = z.object({ name: z.string() });

/** The state of a channel. */
export const Channel = z
  .object({
    name: z.string(),
    state: z.enum(["ok", "down", "not_configured"]),
    detail: z.string().nullable().describe("Why it is down: a slug"),
    phi: z
      .enum(["redacted", "none"])
      .describe("How much of a notification it gets: the redacted text, or none of it"),
    checked_at: z.iso.datetime().nullable(),
  })
  .meta({
    id: "Channel",
    examples: [
      {
        name: "email",
        state: "ok",
        detail: null,
        phi: "redacted",
        checked_at: "2026-02-03T09:30:00.000Z",
      },
    ],
  }) satisfies z.ZodType<ChannelState>;

export const ChannelList = z.object({ channels: z.array(Channel) });
