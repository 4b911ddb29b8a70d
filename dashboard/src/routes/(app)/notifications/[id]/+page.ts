import { getStory, getTimeline, ownInbox } from "#lib/api/notifications.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, params, parent }) => {
  await parent();
  const before = url.searchParams.get("before");
  const [story, timeline] = await Promise.all([
    needed(getStory(params.id, fetch), url),
    needed(getTimeline(params.id, fetch, before), url),
  ]);
  const own = story.is_own ? await needed(ownInbox.find(params.id, fetch), url) : null;
  return { id: params.id, story, timeline, before, own };
};
