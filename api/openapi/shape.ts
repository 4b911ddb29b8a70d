import type { JsonSchema } from "./schemas.ts";

/** An OpenAPI 3.1 document, as far as the program and its tests read it. */
export interface OpenApi {
  openapi: "3.1.0";
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: object };
  [more: string]: unknown;
}

export interface Operation {
  responses: Record<string, Response>;
  [more: string]: unknown;
}

export interface Response {
  description: string;
  headers?: Record<string, { description: string; required?: boolean; schema: JsonSchema }>;
  content?: Record<string, { schema: JsonSchema; example?: unknown }>;
}
