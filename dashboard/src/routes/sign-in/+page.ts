import { getMethods } from "#lib/api/session.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch }) =>
  await getMethods(fetch).catch(() => ({ password: true, oidc: false, passkey: false }));
