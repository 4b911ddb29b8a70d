import type { Handlers } from "../http/route.ts";
import { routes } from "../routes.ts";
import { toDocument } from "./document.ts";
import { toPage } from "./page.ts";
import type { description } from "./routes.ts";

/** Answers with the API's description, for programs and for people. Each is written once, when somebody asks for it: anybody may, as often as they like. */
export function descriptionHandlers(): Handlers<typeof description> {
  let document: string | undefined;
  let page: string | undefined;
  return {
    document: async () => ({ status: 200, text: (document ??= JSON.stringify(toDocument(routes))) }),
    page: async () => ({ status: 200, text: (page ??= toPage(routes)) }),
  };
}
