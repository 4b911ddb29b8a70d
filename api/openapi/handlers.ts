import type { Handlers } from "../http/route.ts";
import { routes } from "../routes.ts";
import { toDocument } from "./document.ts";
import { toPage } from "./page.ts";
import type { OpenApi } from "./shape.ts";
import type { description } from "./routes.ts";

/** Answers with the API's description, for programs and for people. It is made once somebody asks for it. */
export function descriptionHandlers(): Handlers<typeof description> {
  let document: OpenApi | undefined;
  return {
    document: async () => ({ status: 200, body: { ...(document ??= toDocument(routes)) } }),
    page: async () => ({ status: 200, text: toPage(routes) }),
  };
}
