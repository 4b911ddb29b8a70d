import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { toDocument } from "../../api/openapi/document.ts";
import { routes } from "../../api/routes.ts";
import { toClientTypes } from "./client.ts";
import { toMarkdown } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The files that are made of the API's document, by their path from the root. */
export async function make(): Promise<Record<string, string>> {
  const document = toDocument(routes);
  const texts = { "docs/api.md": toMarkdown(document), "client/api.ts": toClientTypes(document) };
  const options = await resolveConfig(join(ROOT, "package.json"));
  return Object.fromEntries(
    await Promise.all(
      Object.entries(texts).map(async ([path, text]) => [
        path,
        await format(text, { ...options, filepath: path }),
      ]),
    ),
  );
}
