import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { operations } from "./operations.ts";
import type { Caller, Operation } from "./operation.ts";
import { ProblemDocument } from "./schemas.ts";

const SECURITY: Record<Caller, object[]> = {
  service: [{ key: [] }],
  person: [{ session: [] }],
  either: [{ key: [] }, { session: [] }],
  anyone: [],
};

/** The API as an OpenAPI 3.1 document, made of the schemas that check what comes in. */
export function openApiDocument(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [call, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = call.split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = describe(path, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tocsin",
      version: "1",
      description: "Durable notifications for healthcare. Errors are RFC 9457 problem documents.",
    },
    paths,
    components: {
      schemas: { Problem: toSchema(ProblemDocument, "output") },
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A service's key: <prefix>_<id>.<secret>" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "tocsin",
          description: "A signed-in person; changes need a matching Origin",
        },
      },
    },
  };
}

function describe(
  path: string,
  { summary, caller, query, headers, body, answers, problems }: Operation,
): object {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: "query",
      schema: toSchema(schema, "input"),
    })),
    ...Object.entries(headers ?? {}).map(([name, description]) => ({
      name,
      in: "header",
      description,
      schema: { type: "string" },
    })),
  ];
  const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const responses: Record<string, object> = {};
  for (const [status, schema] of Object.entries(answers)) {
    const content =
      schema === null ? {} : { content: { "application/json": { schema: toSchema(schema, "output") } } };
    responses[status] = { description: STATUS_CODES[status] ?? "", ...content };
  }
  for (const status of problems)
    responses[status] = { description: STATUS_CODES[status] ?? "", content: problem };
  return {
    summary,
    security: SECURITY[caller],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: toSchema(body, "input") } },
          },
        }),
    responses,
  };
}

function toSchema(schema: z.core.$ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
