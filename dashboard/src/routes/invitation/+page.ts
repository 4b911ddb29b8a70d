import { getMethods } from "#lib/api/session.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch }) => ({
  oidc: await getMethods(fetch).then(
    ({ oidc }) => oidc,
    () => false,
  ),
});
