import { z } from "zod";
import { ByText } from "../http/cursor.ts";
import { Name, Next, pageBy, Time } from "../http/schema.ts";

export const NewService = z
  .strictObject({ name: Name })
  .meta({ id: "NewService", examples: [{ name: "Laboratory" }] });
export const ServiceChange = z
  .strictObject({
    name: Name.optional(),
    disabled: z.literal(false).optional().describe("Lets the service have keys again"),
  })
  .meta({ id: "ServiceChange", examples: [{ name: "Central laboratory" }] });
export const ServicesQuery = pageBy(ByText);

/** A system that sends. */
export const Service = z
  .object({
    service_id: z.uuid(),
    name: z.string(),
    created_at: Time,
    disabled_at: Time.nullable(),
  })
  .meta({
    id: "Service",
    examples: [
      {
        service_id: "5f0c7a52-3a1e-4a7e-9a57-0d8b8f1f3c11",
        name: "Laboratory",
        created_at: "2026-01-05T08:00:00.000Z",
        disabled_at: null,
      },
    ],
  });
export type Service = z.infer<typeof Service>;

export const ServiceList = z.object({ services: z.array(Service), next: Next });
