import type { Handle } from "@sveltejs/kit/hooks";
import { chosenIn, firstOf } from "#lib/language.ts";

/** The tags of an Accept-Language header as they stand there; browsers put what a person likes best first. */
const tagsOf = (header: string | null): string[] =>
  (header ?? "").split(",").map((part) => part.split(";")[0]?.trim() ?? "");

/** Says in the page which language it is in, so that all of it is right from the first paint on. */
export const handle: Handle = async ({ event, resolve }) => {
  const { headers } = event.request;
  const language = chosenIn(headers.get("cookie") ?? "") ?? firstOf(tagsOf(headers.get("accept-language")));
  const response = await resolve(event, {
    transformPageChunk: ({ html }) => html.replace("%language%", language),
  });
  for (const header of ["Cookie", "Accept-Language"]) response.headers.append("vary", header);
  return response;
};
