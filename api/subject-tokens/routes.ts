import { route } from "../http/route.ts";
import { NewSubjectToken, SubjectToken } from "./schema.ts";

/** By which a page of another system shows a person's inbox. */
export const subjectTokens = {
  issue: route({
    method: "POST",
    path: "/api/subject-tokens",
    id: "issueSubjectToken",
    tag: "Inbox",
    summary:
      "A token by which pages of one origin show a person's inbox in one territory, for 15 minutes at most; an admin has to allow the key to ask for that origin",
    caller: "service",
    body: NewSubjectToken,
    refusals: "subject_token.issue",
    answers: { 201: { body: SubjectToken } },
    problems: ["forbidden", "too-many"],
  }),
};
