import type { Knex } from "knex";
import type { Context } from "koa";
import type { Credentials } from "../../store/people/credentials.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { findSubject } from "../../store/people/subject-tokens.ts";
import { bearerOf } from "../http/bearer.ts";
import { forbidden, unauthorized } from "../http/errors.ts";
import type { Route } from "../http/route.ts";
import { checkDenials, type DenialDeps, recordDenial } from "./denials.ts";

/** Answered, as 403, at every call for which no subject token is good; the document says so once. */
export const NOT_FOR_SUBJECTS = "A subject token is not good for this call.";

/** The subject token that a call shows, judged by its MAC alone; null where it shows none. */
export function subjectTokenOf(ctx: Context, { subjects }: Pick<Credentials, "subjects">): string | null {
  const shown = bearerOf(ctx);
  return subjects.mayBe(shown) ? shown : null;
}

/**
 * The person whose inbox a page of another system shows, by its subject token: for the calls that are marked so alone, and for pages of the token's
 * own origin alone. A cookie that came along counts for nothing.
 * @throws Problem 401, 403; 429
 */
export async function requireSubject(
  ctx: Context,
  deps: DenialDeps & { knex: Knex },
  { embedded, caller }: Pick<Route, "embedded" | "caller">,
  token: string,
): Promise<SignedInPerson> {
  if (embedded !== true) throw forbidden(NOT_FOR_SUBJECTS);
  const person = await findSubject(deps.knex, token);
  if (person?.subject === undefined) throw unauthorized("This subject token has ended; ask for another.");
  const { tokenId, territoryId, origin } = person.subject;
  if (ctx.get("Origin") !== origin) {
    ctx.remove("Access-Control-Allow-Origin");
    await recordDenial(deps, person.userId, {
      action: "subject_token.refuse",
      outcome: "denied",
      territoryId,
      objectId: tokenId,
    });
    throw forbidden("This subject token is for pages of another origin.");
  }
  if (caller === "person") await checkDenials(deps, person.userId);
  return person;
}
