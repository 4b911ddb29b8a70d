import type { Handlers } from "../http/route.ts";
import { routes } from "../routes.ts";
import { toDocument } from "./document.ts";
import { toPage } from "./page.ts";
import type { description } from "./routes.ts";

/** Answers with the API's description, for programs and for people. */
export function descriptionHandlers(): Handlers<typeof description> {
  const document = toDocument(routes);
  const page = toPage(routes);
  return {
    document: () => Promise.resolve({ status: 200, body: { ...document } }),
    page: () => Promise.resolve({ status: 200, text: page }),
  };
}
