import { findNotification, getTimeline } from "#lib/api/notifications.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, params, parent }) => {
  const { session } = await parent();
  const timeline = await needed(getTimeline(params.id, fetch), url);
  // A supervisor sees the timelines of others, and not what they say.
  const isOwn = timeline.deliveries.some(({ user_id }) => user_id === session.user_id);
  return {
    id: params.id,
    timeline,
    own: isOwn ? await needed(findNotification(params.id, fetch), url) : null,
  };
};
