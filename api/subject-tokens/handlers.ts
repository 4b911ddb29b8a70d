import type { Knex } from "knex";
import type { Credentials } from "../../store/people/credentials.ts";
import { issueSubjectToken } from "../../store/people/subject-tokens.ts";
import { forbidden, invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import type { subjectTokens } from "./routes.ts";

/** Answers a service that asks for a subject token. */
export function subjectTokenHandlers({
  knex,
  credentials,
  limits,
}: {
  knex: Knex;
  credentials: Pick<Credentials, "subjects">;
  limits: Pick<RateLimits, "subjectTokens" | "subjectTokensOf">;
}): Handlers<typeof subjectTokens> {
  return {
    issue: async ({ caller, body: { user_id, territory_id, origin, ttl_s } }) => {
      if (!caller.territories.has(territory_id)) throw forbidden("The key is not good for this territory.");
      await limits.subjectTokensOf.take(`${caller.keyId} ${user_id}`);
      await limits.subjectTokens.take(caller.keyId);
      const token = credentials.subjects.make();
      const of = { userId: user_id, territoryId: territory_id, origin, seconds: ttl_s };
      const issued = await issueSubjectToken(knex, caller, of, token);
      if (issued === "origin")
        throw forbidden(
          "The key may not ask for subject tokens of this origin: an admin has to allow it (PATCH /api/keys/{id}, subject_origins).",
        );
      if (issued === "person")
        throw invalid([{ path: "/user_id", message: "is nobody active with a role in this territory" }]);
      return { status: 201, body: { token, expires_at: issued.expiresAt.toISOString() } };
    },
  };
}
