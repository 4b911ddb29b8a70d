import { PROBLEMS, type ProblemKind, typeOf } from "../../api/http/errors.ts";
import { must } from "../../config/must.ts";
import type { OpenApi, Operation, Parameter, Response } from "../../api/openapi/shape.ts";
import { declare, print } from "./types.ts";

/** The document as Markdown: every call by its group, then the schemas. */
export function toMarkdown(document: OpenApi): string {
  const { paths, tags, components } = document;
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      call: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  const groups = tags.map(({ name, description }) => {
    const own = calls.filter(({ operation }) => operation.tags.includes(name));
    return `## ${name}\n\n${description}.\n\n${own.map(({ call, operation }) => callOf(call, operation)).join("\n\n")}`;
  });
  const types = Object.entries(components.schemas)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(
      ([name, schema]) =>
        `### ${name}\n\n\`\`\`ts\n${declare(name, schema).replace(/^export /m, "")}\n\`\`\``,
    );
  return [INTRODUCTION, ...groups, `## Schemas\n\n${types.join("\n\n")}`].join("\n\n");
}

const INTRODUCTION = `# The API

Every call, who may make it, what it takes and answers. Made by \`npm run docs:api\` from the routes by which the program checks calls
and types its answers. A running node has the same as a page on which calls can be tried, \`/api/docs\`, and for programs:
\`/api/openapi.json\` (OpenAPI 3.1), and \`/api/asyncapi.json\` (AsyncAPI 3) for the live channel. A client for services: [client](client.md).

Refusals are [problem documents](#problem) (RFC 9457):

| status | type | what |
| --- | --- | --- |
${Object.keys(PROBLEMS)
  .filter((kind): kind is ProblemKind => kind in PROBLEMS)
  .map((kind) => [PROBLEMS[kind].status, typeOf(kind), PROBLEMS[kind].title])
  .sort(([one], [other]) => Number(one) - Number(other))
  .map(([status, type, title]) => `| ${status} | \`${type}\` | ${title} |`)
  .join("\n")}`;

function callOf(call: string, operation: Operation): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const confirmed = CONFIRMED[operation["x-tocsin-confirmed"] ?? ""] ?? "";
  return [
    `### \`${call}\``,
    `${summary}. ${description}${confirmed} (\`${operationId}\`)`,
    ...(parameters.length === 0 ? [] : [parameters.map(parameterOf).join("\n")]),
    ...bodyOf(requestBody),
    answersOf(responses).join("\n"),
  ].join("\n\n");
}

const CONFIRMED: Record<string, string> = {
  always: " The password, or a code, has to have been shown in the last ten minutes.",
  export: " As a file, only after the password, or a code, was shown in the last ten minutes.",
  sometimes: " In some cases the password, or a code, has to have been shown in the last ten minutes.",
};

function parameterOf({ name, in: place, description, required, schema }: Parameter): string {
  const what = [place, required ? "" : "optional", `\`${print(schema, "")}\``].filter(Boolean).join(", ");
  return `- \`${name}\` (${what})${description === undefined ? "" : `: ${description}`}`;
}

function bodyOf(body: Operation["requestBody"]): string[] {
  if (body === undefined) return [];
  return Object.entries(body.content).map(([type, { schema, example }]) =>
    type === "application/json"
      ? `Takes ${linked(print(schema, ""))}${body.required ? "" : ", or nothing"}:\n\n\`\`\`json\n${JSON.stringify(example)}\n\`\`\``
      : `Takes \`${type}\`.`,
  );
}

/** What it answers when it succeeds, each with its schema; of refusals the statuses, which the introduction explains. */
function answersOf(responses: Operation["responses"]): string[] {
  const statuses = Object.keys(responses).filter((status) => status !== "default");
  const isRefusal = (status: string): boolean => Number(status) >= 400;
  const refusals = statuses.filter(isRefusal);
  const refused = refusals.length === 0 ? [] : [`- Refused: ${refusals.join(", ")}`];
  const answers = statuses.filter((status) => !isRefusal(status));
  return [...answers.map((status) => answerOf(status, must(responses[status], status))), ...refused];
}

function answerOf(status: string, { description, content = {}, headers = {} }: Response): string {
  const kinds = Object.entries(content).map(([type, { schema }]) => {
    return type === "application/json" ? linked(print(schema, "")) : `\`${type}\``;
  });
  const what = kinds.filter(Boolean).join(" or ");
  const names = Object.keys(headers).map((name) => `\`${name}\``);
  const withHeaders = names.length === 0 ? "" : `; ${names.join(", ")}`;
  return `- **${status}** ${description}${what === "" ? "" : `: ${what}`}${withHeaders}`;
}

/** A type's name as a link to its schema. */
const linked = (type: string): string =>
  /^\w+$/.test(type) && type !== "unknown" ? `[${type}](#${type.toLowerCase()})` : `\`${type}\``;
