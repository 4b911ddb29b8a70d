import { findNotification, getTimeline } from "#lib/api/notifications.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, params }) => ({
  id: params.id,
  timeline: await needed(getTimeline(params.id, fetch), url),
  own: await needed(findNotification(params.id, fetch), url),
});
