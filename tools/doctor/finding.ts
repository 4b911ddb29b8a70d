import { within } from "../../config/within.ts";
import { isAway } from "../../store/db/knex.ts";
import { refusalOf } from "../../store/db/refusals.ts";
import { reason } from "../services/problem.ts";

/** What the doctor found of one part of a site. */
export interface Finding {
  part: string;
  state: "ok" | "warn" | "fault";
  /** What is so; no secret, and nothing of a message. */
  says: string;
  /** What to do; empty where all is well. */
  advice: string;
}

export const ok = (part: string, says: string): Finding => ({ part, state: "ok", says, advice: "" });
export const warn = (part: string, says: string, advice: string): Finding => ({
  part,
  state: "warn",
  says,
  advice,
});
export const fault = (part: string, says: string, advice: string): Finding => ({
  part,
  state: "fault",
  says,
  advice,
});

/** How long one part may take; ms. */
const PATIENCE = 15_000;

/** Looks at one part; one that fails or takes too long is a fault of it, and the others are looked at all the same. */
export async function look(part: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  const found = work().catch((error: unknown) => [faultOf(part, error)]);
  const late = fault(
    part,
    `It gave no answer within ${PATIENCE / 1_000} s.`,
    "See that it runs and can be reached from here.",
  );
  return await within(found, PATIENCE, () => [late]);
}

function faultOf(part: string, error: unknown): Finding {
  const why = reason(error).split("\n")[0] ?? "";
  const refusal = refusalOf(error, "the named host");
  if (refusal !== null) return fault(part, refusal.message, "Until then no node starts.");
  if (isAway(error))
    return fault(
      part,
      `PostgreSQL does not answer (${why}).`,
      "Start it, or correct host and port in DATABASE_URL.",
    );
  return fault(part, `It could not be looked at: ${why}`, "Mend that, and run this again.");
}
