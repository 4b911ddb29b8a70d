import { toLiveDocument } from "../asyncapi/document.ts";
import type { Handlers } from "../http/route.ts";
import { routes } from "../routes.ts";
import { toDocument } from "./document.ts";
import { type DocumentPage, toPage } from "./page.ts";
import type { description } from "./routes.ts";

/** Answers with the API's description, for programs and for people. Each is written once, when somebody asks for it: anybody may, as often as they like. */
export function descriptionHandlers(): Handlers<typeof description> {
  let document: string | undefined;
  let liveDocument: string | undefined;
  let page: DocumentPage | undefined;
  return {
    document: async () => ({ status: 200, text: (document ??= JSON.stringify(toDocument(routes))) }),
    liveDocument: async () => ({ status: 200, text: (liveDocument ??= JSON.stringify(toLiveDocument())) }),
    page: async ({ ctx }) => {
      page ??= toPage(toDocument(routes));
      ctx.set("Content-Security-Policy", page.policy);
      return { status: 200, text: page.html };
    },
  };
}
