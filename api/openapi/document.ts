import { STATUS_CODES } from "node:http";
import type { z } from "zod";
import { alwaysWith, PROBLEMS, typeOf } from "../http/errors.ts";
import { HEADERS } from "../http/headers.ts";
import { ProblemDocument } from "../http/problem-schema.ts";
import { type Answer, problemsOf, type Route } from "../http/route.ts";
import { CALLERS, SUBJECT } from "./callers.ts";
import { exampleOf } from "./example.ts";
import { live } from "./live.ts";
import { createSchemas, type Schemas } from "./schemas.ts";
import { TAGS } from "./tags.ts";
import type { OpenApi, Operation, Parameter, Response } from "./shape.ts";

const FAULT: Response = {
  description: "A fault of the program; its log says more under the answer's X-Request-Id",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** The routes as an OpenAPI document, made of the schemas that check requests and that type the handlers' answers. */
export function toDocument(routes: Route[]): OpenApi {
  const schemas = createSchemas();
  const paths: OpenApi["paths"] = {};
  for (const route of routes)
    (paths[route.path] ??= {})[route.method.toLowerCase()] = describe(route, schemas);
  paths["/api/realtime"] = { get: { ...live, responses: { ...live.responses, default: FAULT } } };
  return {
    openapi: "3.1.0",
    info: {
      title: "Tocsin",
      version: "1",
      description:
        "Durable notifications for healthcare. Refusals are RFC 9457 problem documents. No answer may be kept by a cache (`Cache-Control: no-store`).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The node that gave this document" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A service's key: <prefix>_<id>.<secret>" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "tocsin",
          description:
            "A signed-in person; behind TLS the cookie is __Host-tocsin. A call that changes something needs a matching Origin",
        },
        subject: {
          type: "http",
          scheme: "bearer",
          description:
            "A page of another system that shows a person's inbox in one territory: the subject token that a service was issued, from the token's origin alone. At any other call it gets 403",
        },
        wall: {
          type: "apiKey",
          in: "cookie",
          name: "tocsin-wall",
          description:
            "A screen on a wall; behind TLS the cookie is __Host-tocsin-wall. It is good for the board of its territory, and for no other call",
        },
      },
    },
  };
}

function describe(route: Route, schemas: Schemas): Operation {
  const { who, security, roles, keyScope } = CALLERS[route.caller];
  const parameters = [
    ...parametersOf("path", route.params, schemas),
    ...parametersOf("query", route.query, schemas),
    ...parametersOf("header", route.headers, schemas),
  ];
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: `For ${who}${route.embedded === true ? ", and for a page of another system by a subject token" : ""}.`,
    security: route.embedded === true ? [...security, ...SUBJECT] : security,
    "x-tocsin-caller": {
      kind: route.caller,
      ...(roles === undefined ? {} : { roles }),
      ...(keyScope === undefined ? {} : { key_scope: keyScope }),
    },
    ...(route.confirmed === undefined ? {} : { "x-tocsin-confirmed": route.confirmed }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestOf(route, schemas),
    responses: { ...answersOf(route, schemas), ...refusalsOf(route, schemas), default: FAULT },
  };
}

function parametersOf(place: string, schema: z.ZodObject | undefined, schemas: Schemas): Parameter[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, part]) => {
    const { description, ...rest } = schemas.of(part, "input");
    return {
      name,
      in: place,
      ...(typeof description === "string" ? { description } : {}),
      required: !part.safeParse(undefined).success,
      schema: rest,
    };
  });
}

function requestOf(
  { id, caller, body, upload, optionalBody }: Route,
  schemas: Schemas,
): Pick<Operation, "requestBody"> {
  if (caller === "provider") return { requestBody: { required: true, content: { "*/*": { schema: {} } } } };
  if (upload !== undefined)
    return { requestBody: { required: true, content: { [upload]: { schema: { type: "string" } } } } };
  if (body === undefined) return {};
  const schema = schemas.named(body, "input", `${nameOf(id)}Body`);
  const content = { "application/json": { schema, example: exampleOf(schema, schemas.components) } };
  return { requestBody: { required: optionalBody !== true, content } };
}

function answersOf({ id, answers }: Route, schemas: Schemas): Record<string, Response> {
  const responses: Record<string, Response> = {};
  for (const [status, answer] of Object.entries(answers)) {
    responses[status] = {
      description: STATUS_CODES[status] ?? status,
      ...headersOf(answer),
      ...contentOf(answer, schemas, `${nameOf(id)}Answer`),
    };
  }
  return responses;
}

function contentOf({ body, text }: Answer, schemas: Schemas, name: string): Pick<Response, "content"> {
  const content: Response["content"] = {};
  if (body !== undefined) {
    const schema = schemas.named(body, "output", name);
    content["application/json"] = { schema, example: exampleOf(schema, schemas.components) };
  }
  if (text !== undefined) content[text.split(";")[0] ?? text] ??= { schema: { type: "string" } };
  return Object.keys(content).length === 0 ? {} : { content };
}

/** What a call's own schemas are called by. */
const nameOf = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1);

/** The refusals of each status together: which types they may have, and the headers that come with all or some. */
function refusalsOf(route: Route, schemas: Schemas): Record<string, Response> {
  const problem = schemas.of(ProblemDocument, "output");
  const responses: Record<string, Response> = {};
  const byStatus = Map.groupBy([...problemsOf(route)].sort(), (kind) => PROBLEMS[kind].status);
  for (const [status, kinds] of byStatus) {
    const headers = kinds.map(alwaysWith);
    const common = headers.reduce((some, more) => some.filter((name) => more.includes(name)));
    const types = { properties: { type: { enum: kinds.map(typeOf) }, status: { const: status } } };
    responses[status] = {
      description: kinds.map((kind) => PROBLEMS[kind].title).join(", or "),
      ...headersOf({ headers: common, mayHave: headers.flat() }),
      content: { "application/problem+json": { schema: { allOf: [problem, types] } } },
    };
  }
  return responses;
}

function headersOf({ headers = [], mayHave = [], cookie }: Answer): Pick<Response, "headers"> {
  const all = Object.fromEntries(
    [...new Set([...headers, ...mayHave])].map((name) => [
      name,
      { description: HEADERS[name], required: headers.includes(name), schema: { type: "string" } },
    ]),
  );
  const session = { description: "Opens or ends the session", schema: { type: "string" } };
  const described = {
    ...all,
    ...(cookie === undefined ? {} : { "Set-Cookie": { ...session, required: cookie === "always" } }),
  };
  return Object.keys(described).length === 0 ? {} : { headers: described };
}
