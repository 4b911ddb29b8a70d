import { z } from "zod";
import { DELIVERY_STATUSES } from "../../channels/contract.ts";
import { Page } from "../notifications/schema.ts";

/** A day (whole, UTC) or a moment. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((value) => new Date(value));
const day = /^\d{4}-\d{2}-\d{2}$/;
const DAY = 86_400_000;

/** Filters of the delivery history; `to` given as a day includes that day. */
export const DeliveriesQuery = Page.extend({
  territory: z.string().max(200).optional(),
  channel: z.string().max(50).optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  from: moment.optional(),
  to: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })])
    .transform((value) => (day.test(value) ? new Date(Date.parse(value) + DAY) : new Date(value)))
    .optional(),
});
export type DeliveriesQuery = z.infer<typeof DeliveriesQuery>;
