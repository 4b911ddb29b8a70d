import type { z } from "zod";

/** Who may call: a service by its key, a person by the session's cookie, or anyone. */
export type Caller = "service" | "person" | "either" | "anyone";

export interface Operation {
  summary: string;
  caller: Caller;
  query?: z.ZodObject;
  headers?: Record<string, string>;
  body?: z.ZodType;
  /** Answers other than problems. */
  answers: Record<number, z.ZodType | null>;
  problems: number[];
}
