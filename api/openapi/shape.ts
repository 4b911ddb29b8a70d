import type { Role } from "../../channels/contract.ts";
import type { CallerKind } from "../http/route.ts";
import type { JsonSchema } from "./schemas.ts";

/** An OpenAPI 3.1 document, as far as the program and its tests read it. */
export interface OpenApi {
  openapi: "3.1.0";
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: object };
  [more: string]: unknown;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: object[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: NonNullable<Response["content"]> };
  responses: Record<string, Response>;
  /** Who may call. */
  "x-tocsin-caller"?: { kind: CallerKind; roles?: readonly Role[]; key_scope?: string };
  /** When the password or a code has to have been shown in the last ten minutes. */
  "x-tocsin-confirmed"?: string;
  [more: string]: unknown;
}

export interface Parameter {
  name: string;
  in: string;
  description?: string;
  required: boolean;
  schema: JsonSchema;
}

export interface Response {
  description: string;
  headers?: Record<string, { description: string; required?: boolean; schema: JsonSchema }>;
  content?: Record<string, { schema: JsonSchema; example?: unknown }>;
}
