import { route } from "../http/route.ts";
import { NewPreferences, OwnPreferences } from "./schema.ts";

/** The calls under /api/preferences. */
export const preferences = {
  read: route({
    method: "GET",
    path: "/api/preferences",
    id: "readPreferences",
    tag: "Preferences",
    summary: "The person's wishes, beside the channels and categories that there are",
    caller: "person",
    answers: { 200: { body: OwnPreferences } },
  }),
  replace: route({
    method: "PUT",
    path: "/api/preferences",
    id: "replacePreferences",
    tag: "Preferences",
    summary: "Replace the own preferences; critical notifications override them, on record",
    caller: "person",
    body: NewPreferences,
    answers: { 200: { body: OwnPreferences } },
  }),
};
