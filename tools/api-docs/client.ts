import { must } from "../../config/must.ts";
import type { OpenApi } from "../../api/openapi/shape.ts";
import { declare } from "./types.ts";

/** The calls that `tocsin/client` makes. */
const CALLS = [
  "send",
  "sendBulk",
  "broadcast",
  "readBroadcast",
  "cancel",
  "cancelBroadcast",
  "resolveAlert",
  "listEvents",
  "issueTicket",
  "issueSubjectToken",
];

/** The types of what the client sends and gets, as TypeScript. */
export function toClientTypes({ paths, components: { schemas } }: OpenApi): string {
  const operations = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(({ operationId }) => CALLS.includes(operationId));
  const names = new Set(namesIn(operations));
  for (const name of names) for (const inner of namesIn(schemas[name])) names.add(inner);
  const types = [...names].sort().map((name) => declare(name, must(schemas[name], name)));
  return `/* Made by \`npm run docs:api\` from the API's document. */\n\n${types.join("\n\n")}\n`;
}

const namesIn = (value: unknown): string[] =>
  [...(JSON.stringify(value) ?? "").matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name = ""]) => name,
  );
