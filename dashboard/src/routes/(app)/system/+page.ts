import { hasRole } from "#lib/api/session.ts";
import { getChannels, getDiagnostics, listTroubles } from "#lib/api/system.ts";
import { needed } from "#lib/load.ts";
import { channelParts, serviceParts } from "#lib/system/parts.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  const [channels, diagnostics, troubles] = await needed(
    Promise.all([
      getChannels(fetch),
      getDiagnostics(fetch),
      hasRole(session, "admin") ? listTroubles(fetch) : null,
    ]),
    url,
  );
  return { channels: channelParts(channels), services: serviceParts(diagnostics), troubles };
};
