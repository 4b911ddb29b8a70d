import { z } from "zod";
import { DeliveriesQuery } from "../deliveries/schema.ts";
import { Page } from "../notifications/schema.ts";

/** PostgreSQL's text holds any character but NUL. */
const term = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\0]*$/, "must not contain NUL");

/** Filters of the audit record: whole values; `to` given as a day includes that day. */
export const AuditQuery = Page.extend({
  actor: term.optional(),
  action: term.optional(),
  territory: term.optional(),
  object: term.optional(),
  outcome: z.enum(["ok", "denied", "failed"]).optional(),
  from: DeliveriesQuery.shape.from,
  to: DeliveriesQuery.shape.to,
});
export type AuditQuery = z.infer<typeof AuditQuery>;

const MAX_EXPORT = 10_000;

/** An export holds more than a page. */
export const AuditExport = AuditQuery.extend({
  limit: z.coerce.number().int().min(1).max(MAX_EXPORT).default(MAX_EXPORT),
});
