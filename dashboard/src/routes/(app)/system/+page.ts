import { getChannels, getDiagnostics } from "#lib/api/system.ts";
import { needed } from "#lib/load.ts";
import { channelParts, serviceParts } from "#lib/system/parts.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const [channels, diagnostics] = await needed(Promise.all([getChannels(fetch), getDiagnostics(fetch)]), url);
  return { channels: channelParts(channels), services: serviceParts(diagnostics) };
};
