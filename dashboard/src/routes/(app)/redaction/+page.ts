import { error } from "@sveltejs/kit";
import { isSupervisor } from "#lib/api/session.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can try the redaction.");
};
