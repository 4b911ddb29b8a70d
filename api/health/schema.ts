import { z } from "zod";
import type { PartState } from "./checks.ts";

/** The state of one part of the system; `detail` is for a person. */
export const Part = z
  .object({
    state: z.enum(["up", "down", "not_configured"]),
    detail: z.string(),
    unsteady: z
      .literal(true)
      .exactOptional()
      .describe("It came and went at least twice within the last minute, whatever it is at this moment."),
  })
  .meta({
    id: "Part",
    examples: [{ state: "up", detail: "Sends are taken." }],
  }) satisfies z.ZodType<PartState>;

/** The state of each part, by its name. */
export const Parts = z
  .record(z.string(), Part)
  .meta({ examples: [{ postgres: { state: "up", detail: "Sends are taken." } }] });

export const Health = z.object({ status: z.literal("ok") });

export const Readiness = z
  .object({
    status: z.enum(["ok", "draining", "unavailable"]),
    parts: z.record(z.string(), z.enum(["up", "down", "not_configured"])),
  })
  .meta({
    id: "Readiness",
    examples: [{ status: "ok", parts: { postgres: "up", temporal: "up", redis: "up", websocket: "up" } }],
  });
