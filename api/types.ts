import type { z } from "zod";
import type { resources } from "./routes.ts";

/** The API's calls as types, for clients that are written against it; each is made of its route, so nothing is told twice. */
type Values<T> = T[keyof T];
type RouteOf<Id extends OperationId> = Extract<AnyRoute, { id: Id }>;
type AnyRoute = Values<{ [Name in keyof typeof resources]: Values<(typeof resources)[Name]> }>;

/** Name of a call, as the document has it. */
export type OperationId = AnyRoute["id"];

/** The JSON that a call answers when it succeeds. */
export type Answer<Id extends OperationId> = OutputOf<Values<RouteOf<Id>["answers"]>>;
type OutputOf<Reply> = Reply extends { body: infer Schema extends z.ZodType } ? z.output<Schema> : never;

/** The JSON that a call takes. */
export type Body<Id extends OperationId> =
  RouteOf<Id> extends { body: infer Schema extends z.ZodType } ? z.input<Schema> : never;
